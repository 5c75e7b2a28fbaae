// What kind of trouble a reply speaks of, and what it is that the receiving side has counted. Words of the provider file and of <smtp-pattern-list>.

namespace Godwit.Settings;

/// <summary>The kind of a reply.</summary>
public enum ReplyClass : byte
{
    /// <summary>Too much in too short a time.</summary>
    Rate,

    /// <summary>Not trusted (yet).</summary>
    Reputation,

    /// <summary>The message itself is disliked.</summary>
    Content,

    /// <summary>The receiving side is at its own limits.</summary>
    Busy,

    /// <summary>Something at our side is set up wrongly: reverse DNS, TLS, the sender's domain.</summary>
    Config,

    /// <summary>SPF, DKIM or DMARC.</summary>
    Auth,

    /// <summary>One mailbox gets more than it may; the queue has nothing to do with it.</summary>
    RecipientRate,
    MailboxFull,

    /// <summary>What we said did not fit the other side's rules.</summary>
    Protocol,

    /// <summary>Refused by the provider's own decision.</summary>
    Block,

    /// <summary>Refused because a public list has an entry.</summary>
    BlockList,
    BadMailbox,
    Size,

    /// <summary>A connection has carried all the messages it may.</summary>
    MessagesPerConnection,
    ConnectionLimit,
    GreyList,
    Loop,

    /// <summary>Too many addresses that do not exist.</summary>
    Hygiene,
}

/// <summary>What a reply is about, and so what a reaction acts on.</summary>
public enum ReplyScope : byte
{
    SourceIp,

    /// <summary>The /24 of an IPv4 source address, the /64 of an IPv6 one.</summary>
    SourceNet,

    /// <summary>The d= of the signature.</summary>
    DkimDomain,

    /// <summary>The domain in MAIL FROM, which SPF looks at.</summary>
    MailFromDomain,

    /// <summary>The domain in the header's From, which DMARC looks at.</summary>
    FromDomain,

    /// <summary>The address in MAIL FROM.</summary>
    Sender,

    /// <summary>The job: mail with the same content and links.</summary>
    Campaign,
    Recipient,
    Message,

    /// <summary>The conversation with this provider: its next one may go better.</summary>
    Session,
    Connection,
    Transaction,

    /// <summary>The host that replied.</summary>
    Host,
}

/// <summary>How they are written.</summary>
internal static class ReplyWords
{
    public static ValueForm<ReplyClass> Class { get; } = ValueParsers.Choice(
        ("rate", ReplyClass.Rate), ("reputation", ReplyClass.Reputation), ("content", ReplyClass.Content), ("busy", ReplyClass.Busy),
        ("config", ReplyClass.Config), ("auth", ReplyClass.Auth), ("recipient-rate", ReplyClass.RecipientRate), ("mailbox-full", ReplyClass.MailboxFull),
        ("protocol", ReplyClass.Protocol), ("block", ReplyClass.Block), ("blocklist", ReplyClass.BlockList), ("bad-mailbox", ReplyClass.BadMailbox),
        ("size", ReplyClass.Size), ("msgs-per-conn", ReplyClass.MessagesPerConnection), ("conn-limit", ReplyClass.ConnectionLimit),
        ("greylist", ReplyClass.GreyList), ("loop", ReplyClass.Loop), ("hygiene", ReplyClass.Hygiene));

    public static ValueForm<ReplyScope> Scope { get; } = ValueParsers.Choice(
        ("source-ip", ReplyScope.SourceIp), ("source-net", ReplyScope.SourceNet), ("dkim-domain", ReplyScope.DkimDomain),
        ("mail-from-domain", ReplyScope.MailFromDomain), ("from-domain", ReplyScope.FromDomain), ("sender", ReplyScope.Sender),
        ("campaign", ReplyScope.Campaign), ("recipient", ReplyScope.Recipient), ("message", ReplyScope.Message), ("session", ReplyScope.Session),
        ("connection", ReplyScope.Connection), ("transaction", ReplyScope.Transaction), ("host", ReplyScope.Host));

    /// <summary>Scopes that are over with one attempt: nothing of them is left that could wait or be slowed.</summary>
    public static bool IsOneAttempt(ReplyScope scope) =>
        scope is ReplyScope.Recipient or ReplyScope.Message or ReplyScope.Transaction or ReplyScope.Connection;
}
