"""Mail providers that anybody can have an address with: such a domain says nothing of who writes ([C2] 4, [C5a]).

Facts only: no list is whole, and one that is missing makes a suggestion too wide, which a person sees.
"""

from typing import Final

_WORLD: Final = (
    "gmail.com googlemail.com outlook.com live.com msn.com passport.com icloud.com me.com mac.com aol.com aim.com"
    " mail.com email.com usa.com fastmail.com fastmail.fm hey.com zoho.com zohomail.com zohomail.eu yandex.com"
    " yandex.ru ya.ru proton.me protonmail.com protonmail.ch pm.me tutanota.com tutanota.de tuta.io tuta.com"
    " tutamail.com keemail.me mailbox.org posteo.de posteo.net posteo.org riseup.net disroot.org hushmail.com"
    " rocketmail.com ymail.com inbox.com duck.com simplelogin.com privaterelay.appleid.com mail.ru bk.ru list.ru"
    " inbox.ru rambler.ru qq.com 163.com 126.com sina.com naver.com daum.net rediffmail.com startmail.com"
    " runbox.com kolabnow.com mailfence.com"
)
_EUROPE: Final = (
    "web.de t-online.de freenet.de arcor.de online.de gmx.net 1und1.de vodafone.de vodafonemail.de kabelmail.de"
    " magenta.de email.de mail.de bluewin.ch hispeed.ch sunrise.ch a1.net aon.at chello.at utanet.at libero.it"
    " virgilio.it tiscali.it tin.it alice.it tim.it inwind.it iol.it email.it fastwebnet.it pec.it aruba.it"
    " orange.fr wanadoo.fr laposte.net free.fr sfr.fr neuf.fr numericable.fr bbox.fr club-internet.fr aliceadsl.fr"
    " telefonica.net movistar.es terra.es ya.com ono.com wanadoo.es orange.es vodafone.es euskaltel.net jazztel.es"
    " correo.com sapo.pt clix.pt netcabo.pt mail.pt telepac.pt skynet.be telenet.be proximus.be scarlet.be"
    " voo.be ziggo.nl kpnmail.nl planet.nl home.nl hetnet.nl xs4all.nl casema.nl upcmail.nl quicknet.nl"
    " btinternet.com btopenworld.com virginmedia.com ntlworld.com sky.com talktalk.net blueyonder.co.uk tiscali.co.uk"
    " plusnet.com eircom.net wp.pl o2.pl onet.pl interia.pl op.pl gazeta.pl poczta.fm seznam.cz centrum.cz"
    " email.cz post.cz volny.cz azet.sk zoznam.sk freemail.hu citromail.hu abv.bg mail.bg telia.com bredband.net"
    " comhem.se online.no broadpark.no jubii.dk mail.dk stofanet.dk kolumbus.fi elisanet.fi saunalahti.fi luukku.com"
    " otenet.gr ukr.net i.ua"
)
_AMERICAS: Final = (
    "comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net earthlink.net optonline.net"
    " frontier.com windstream.net juno.com netzero.net rogers.com sympatico.ca bell.net shaw.ca telus.net videotron.ca"
    " terra.com.br uol.com.br bol.com.br ig.com.br globo.com prodigy.net.mx terra.com.mx fibertel.com.ar"
    " speedy.com.ar arnet.com.ar ciudad.com.ar bigpond.com optusnet.com.au xtra.co.nz"
)
_PROVIDERS: Final = frozenset(f"{_WORLD} {_EUROPE} {_AMERICAS}".split())
_FAMILIES: Final = ("gmx", "yahoo", "hotmail", "outlook", "live", "yandex", "msn")  # the same name in many countries
_COUNTRY: Final = 2  # letters
_SECONDS: Final = frozenset({"co", "com"})


def is_public(domain: str) -> bool:
    """Whether anybody can have an address of this (normalised) domain."""
    if domain in _PROVIDERS:
        return True
    family, _, rest = domain.partition(".")
    return family in _FAMILIES and _is_ending(rest)


def _is_ending(text: str) -> bool:
    """`com`, a country, or `co.uk`: what stands behind the one name of a provider."""
    first, _, second = text.partition(".")
    if not second:
        return first in {"com", "net", "org", "eu"} or len(first) == _COUNTRY
    return first in _SECONDS and len(second) == _COUNTRY
