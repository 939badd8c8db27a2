"""A made-up firm with a morning's mail, for pictures and for tests that want it lifelike. Nobody in it exists."""

from dataclasses import replace

from store.model.address import Person
from store.model.copy import Part
from store.model.evidence import Verified
from store.model.filing import Reason
from store.model.mailbox import SyncState
from store.model.thread import ThreadState
from store.model.views import Block, Link, MailboxStatus
from tests.screens.desk import HOUR, NOW, Mail, ShownDesk

ANA = "Ana Olmo <ana@olmo.example>"
LUIS = "Luis Vega <luis@olmo.example>"
MINUTE = 60
DAY = 24 * HOUR

QUARTER = """Good afternoon Ana,

Here are the invoices for the third quarter, as you asked on Friday. Two remarks before you file the return:

The van was sold on 30 September. The buyer paid in October, so I am not sure to which \
quarter the VAT belongs. The contract is attached as well.

The rent of the new shop is invoiced by the landlord's company, not by him in person. \
Please check that the retention is right, since last year the two did not match and we had \
to correct it.

If anything is missing, call me before six; tomorrow I am at the fair in Zaragoza all day.

Kind regards,
Marta"""

QUOTE = """On Friday Ana Olmo wrote:
> Dear Marta,
> the quarter ends soon. Please send me all invoices that you have
> received since July, those of the new shop too, and tell me
> whether the van has been sold meanwhile.
> Best wishes, Ana"""

SIGNATURE = "Marta Ruiz Salas\nTalleres Ruiz, S.L.\nCalle del Molino 8, Huesca\n+34 974 555 012"


def made_up_firm() -> ShownDesk:
    """Olmo & Vega, advisers, on a Monday in November."""
    desk = ShownDesk()
    _morning(desk)
    _last_week(desk)
    desk.boxes_told = tuple(
        MailboxStatus(address=address, state=SyncState.SYNCED, done=210, total=210, last_success=NOW)
        for address in ("ana@olmo.example", "office@olmo.example")
    )
    desk.notice()
    desk.notice()
    return desk


def _morning(desk: ShownDesk) -> None:
    desk.add(
        "Invoices of the third quarter",
        desk.mail_of(ANA, "Dear Marta, the quarter ends soon. Please send me all invoices.", at=NOW - 3 * DAY),
        _quarter(desk),
        client="Talleres Ruiz",
        unread=True,
        at=NOW - 12 * MINUTE,
    )
    desk.add(
        "Escritura de la nave industrial",
        ("Notaría Aguirre <notaria@aguirre.example>", "Adjuntamos el borrador de la escritura para su revisión."),
        ("Jon Etxeberria <jon@etxe.example>", "Buenos días: ¿podéis mirar la cláusula cuarta antes del jueves?"),
        client="Etxeberria Hermanos",
        unread=True,
        at=NOW - 41 * MINUTE,
        starred=True,
    )
    desk.add(
        "Payslip of October is missing",
        ("Peter Lindqvist <peter@lindqvist.example>", "Hello, I have not received my payslip for October. Could you …"),
        (LUIS, "Peter, it is on its way; the payroll run was a day late this month."),
        client="Lindqvist Design",
        state=ThreadState.WAITING,
        at=NOW - 66 * MINUTE,
        answered_by="Luis Vega",
        answered_at=NOW - 66 * MINUTE,
    )
    desk.add(
        "Question about the inheritance",
        ("Carmen Soto <carmen.soto@correo.example>", "My brother and I do not agree on the valuation of the flat."),
        client="Familia Soto",
        also=("Soto Viveros",),
        unread=True,
        at=NOW - 2 * HOUR,
    )
    desk.add(
        "Your account will be closed today",
        replace(
            desk.mail_of("Banco Norte <security@banco-norte.example>", "Confirm your data here.", at=NOW - 3 * HOUR),
            verified=Verified.FAIL,
            warnings=("unverified", "reply_to_differs"),
            links=(Link(text="www.banco-norte.example", target="http://203.0.113.9/login", suspicious=True),),
        ),
        client="Talleres Ruiz",
        at=NOW - 3 * HOUR,
    )
    desk.add(
        "New supplier contract",
        (ANA, "Could you send us the signed copy?"),
        ("Hannah Weiss <hannah@weiss-imports.example>", "Signed and attached. Thank you for the quick work."),
        client="Weiss Imports",
        at=NOW - 5 * HOUR,
    )


def _quarter(desk: ShownDesk) -> Mail:
    return replace(
        desk.mail_of("Marta Ruiz <marta@talleresruiz.example>", QUARTER, at=NOW - 12 * MINUTE),
        blocks=(
            Block(kind="text", text=QUARTER),
            Block(kind="quote", text=QUOTE),
            Block(kind="signature", text=SIGNATURE),
        ),
        parts=(
            Part(n=1, name="facturas-3T.pdf", type="application/pdf", size=1_840_000, sha256=""),
            Part(n=2, name="contrato furgoneta.pdf", type="application/pdf", size=214_000, sha256=""),
            Part(n=3, name="libro de ingresos.csv", type="text/csv", size=8_200, sha256=""),
        ),
        links=(
            Link(text="the landlord's register entry", target="https://registro.example/empresas/B-22000000"),
            Link(text="https://feria.example", target="https://feria.example"),
        ),
        cc=(Person(name="Luis Vega", address="luis@olmo.example"),),
    )


def _last_week(desk: ShownDesk) -> None:
    rows = (
        ("Weiss Imports", "Hannah Weiss", "Customs duties on the October shipment", ThreadState.DONE, Reason.ADDRESS),
        ("Lindqvist Design", "Peter Lindqvist", "Moving the office to Malmö", ThreadState.TO_ANSWER, Reason.ADDRESS),
        (None, "Boletín Fiscal", "Novedades del IVA para 2026", ThreadState.QUIET, Reason.ADDRESS),
        ("Familia Soto", "Carmen Soto", "Re: Valoración del piso", ThreadState.WAITING, Reason.THREAD),
        ("Panadería La Espiga", "Íñigo Garay", "Baja de un empleado", ThreadState.TO_ANSWER, Reason.ADDRESS),
        ("Etxeberria Hermanos", "Jon Etxeberria", "Acta de la junta", ThreadState.DONE, Reason.BY_HAND),
        (None, "Unknown Sender", "A proposal for your web site", ThreadState.TO_ANSWER, Reason.ADDRESS),
        ("Casa Rural Valle", "Nuria Pons", "Subsidy for the heating", ThreadState.TO_ANSWER, Reason.DOMAIN),
        ("Soto Viveros", "Raúl Soto", "Greenhouse insurance", ThreadState.WAITING, Reason.ADDRESS),
        ("Clínica Dental Mir", "Dr. Elena Mir", "Lease of the scanner", ThreadState.TO_ANSWER, Reason.ADDRESS),
        ("Brauer & Sohn", "Thomas Brauer", "Betriebsprüfung im Januar", ThreadState.TO_ANSWER, Reason.ADDRESS),
        ("Talleres Ruiz", "Marta Ruiz", "Fleet insurance", ThreadState.DONE, Reason.ADDRESS),
        ("Panadería La Espiga", "Íñigo Garay", "Horario de Navidad", ThreadState.QUIET, Reason.ADDRESS),
        ("Weiss Imports", "Hannah Weiss", "日本からの請求書", ThreadState.TO_ANSWER, Reason.ADDRESS),
        (None, "Colegio de Economistas", "Curso: cierre contable", ThreadState.QUIET, Reason.ADDRESS),
        ("Clínica Dental Mir", "Dr. Elena Mir", "Two new hygienists", ThreadState.DONE, Reason.ADDRESS),
    )
    for place, (client, name, subject, state, reason) in enumerate(rows):
        address = f"{name.split()[0].lower().strip('.')}@example.org"
        at = NOW - DAY - place * 11 * HOUR
        made = desk.add(
            subject,
            (f"{name} <{address}>", f"{subject}: the details are below, and a word on what comes next."),
            client=client,
            state=state,
            reason=reason,
            at=at,
            first=False,
        )
        if state is ThreadState.WAITING:
            made.answered_by, made.answered_at = "Luis Vega", at
    desk.made.sort(key=lambda made: -made.mails[-1].at)
