"""The office. Mail flows one way up, commands flow back down, and nobody in the office ever waits for anybody.

MailboxActor --Classify--> ClassifierActor --Deposit--> DeskActor --EmailsFiled--> NotifierActor
     ^                          |  ^                       |  ^                        |
     |                       Workers (processes)           |  +------ TellDone -------+
     +------------- Deposited, Opened, Wanted, Carry ------+
                                                           +--> screens, by the desk's API
"""
