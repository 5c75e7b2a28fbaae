// What a mailbox provider lets pass and what it says to the rest: data, immutable. The wordings are composed for these tests around the fragments by
// which the shipped rules know them; "{ip}", "{domain}" and "{rcpt}" are filled in.

namespace Godwit.Tests.Support;

/// <summary>At most so many events in any window of that length.</summary>
internal sealed record HostLimit(int Count, TimeSpan Window);

/// <summary>A provider's limits and its words. A limit that is null, or zero, does not exist.</summary>
internal sealed record HostPersonality
{
    /// <summary>The domain that mail is addressed to.</summary>
    public required string Domain { get; init; }

    /// <summary>Its MX host, in a zone of its own.</summary>
    public required string Host { get; init; }

    /// <summary>At once, from one address.</summary>
    public int Connections { get; init; }

    public string ConnectionsReply { get; init; } = "421 4.7.0 {ip} too many connections";

    /// <summary>Connections begun, from one address.</summary>
    public HostLimit? ConnectRate { get; init; }

    public string ConnectRateReply { get; init; } = "452 4.3.2 Connection rate limit exceeded.";

    public int MessagesPerConnection { get; init; }

    public string MessagesPerConnectionReply { get; init; } = "421 4.7.0 enough for one connection";

    public int RecipientsPerMessage { get; init; }

    public string RecipientsPerMessageReply { get; init; } = "452 4.5.3 Your message has too many recipients.";

    /// <summary>Recipients from one address.</summary>
    public HostLimit? AddressRate { get; init; }

    /// <summary>Recipients from one domain of the envelope's sender, whatever the address.</summary>
    public HostLimit? DomainRate { get; init; }

    /// <summary>For one recipient.</summary>
    public HostLimit? MailboxRate { get; init; }

    public string MailboxRateReply { get; init; } = "450 4.2.1 The account you are writing to is receiving email too quickly.";

    /// <summary>What a violation of the address's rate is answered with, and everything else until <see cref="BlockFor"/> has passed.</summary>
    public string AddressReply { get; init; } = "421 4.7.0 {ip} slow down";

    public string DomainReply { get; init; } = "421 4.7.0 {domain} slow down";

    public TimeSpan BlockFor { get; init; }

    /// <summary>During a block already the greeting refuses; else MAIL does.</summary>
    public bool BlocksAtGreeting { get; init; }

    /// <summary>So many attempts during a block make it begin anew, with <see cref="ImpatienceReply"/>.</summary>
    public int Patience { get; init; } = int.MaxValue;

    public string ImpatienceReply { get; init; } = "";

    /// <summary>What was refused for the rate counts against it as well.</summary>
    public bool RefusalsCount { get; init; }

    /// <summary>A triplet of address, sender and recipient is taken when it was first seen so long ago.</summary>
    public TimeSpan Greylist { get; init; }

    public string GreylistReply { get; init; } = "450 4.2.0 <{rcpt}>: Recipient address rejected: Greylisted, try again later";

    /// <summary>An address that nobody has introduced is refused by the greeting.</summary>
    public string StrangerReply { get; init; } = "";

    public override string ToString() => Domain;
}
