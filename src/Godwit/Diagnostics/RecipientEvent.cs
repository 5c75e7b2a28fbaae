using System.Net;
using Godwit.Foundation;

namespace Godwit.Diagnostics;

/// <summary>Something that happened to one recipient.</summary>
/// <param name="Source">The client's address for <see cref="RecipientEventKind.Accepted"/>, else ours towards the host; null when there was none.</param>
public readonly record struct RecipientEvent(RecipientEventKind Kind, Instant Time, string Recipient, string Destination, string VirtualMta, IPAddress? Source)
{
    /// <summary>One more for each event since the start; a reader goes on behind the last one that he has seen. Given by <see cref="RecipientEvents"/>.</summary>
    public long Number { get; init; }

    /// <summary>Empty when none.</summary>
    public string Job { get; init; } = "";

    /// <summary>The other side as it names itself, with its address; empty when there was none.</summary>
    public string Host { get; init; } = "";

    public IPAddress? HostAddress { get; init; }

    /// <summary>0 when nobody has replied.</summary>
    public int ReplyCode { get; init; }

    /// <summary>At most <see cref="ActivityBook.MaxReply"/> characters.</summary>
    public string ReplyText { get; init; } = "";

    /// <summary>As queues are named: <c>destination/vmta</c>.</summary>
    public string Queue => $"{Destination}/{VirtualMta}";

    /// <summary>Code and text; empty when nobody has replied.</summary>
    public string Reply => ReplyCode == 0 ? "" : ReplyText.Length == 0 ? $"{ReplyCode}" : $"{ReplyCode} {ReplyText}";
}
