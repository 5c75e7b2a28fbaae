namespace Godwit.Api;

/// <summary>One recipient's mail: what waits, and what happened lately.</summary>
/// <param name="Complete">False when more waits than was searched or is shown.</param>
internal sealed record RecipientFound(IReadOnlyList<WaitingRow> Waiting, IReadOnlyList<EventRow> Events, bool Complete);

/// <summary>A recipient that waits.</summary>
/// <param name="Sender">Empty for the null sender.</param>
/// <param name="NextTry">Before then it does not go; null when neither its own time nor its queue's holds it.</param>
internal sealed record WaitingRow(
    string Queue, string Recipient, string Sender, string Job, string Envid, DateTime Accepted, int Attempts, DateTime? NextTry, string LastReply,
    int Priority, IReadOnlyList<WhyItem> Why);

/// <summary>Something that happened to a recipient.</summary>
/// <param name="Kind">accepted, delivered, deferred, bounced.</param>
/// <param name="Source">The client's address for accepted, else ours.</param>
internal sealed record EventRow(
    long Id, DateTime Time, string Kind, string Recipient, string Sender, string Queue, string Job, string Source, string Host, string HostAddress,
    string Reply);

/// <summary>A page of events.</summary>
/// <param name="Total">Those that match, where all of them are on this page; null otherwise, for they are not counted.</param>
internal sealed record EventList(IReadOnlyList<EventRow> Items, long? Total, string? Next);

/// <summary>One kind of reply that no rule knew.</summary>
internal sealed record UnclassifiedRow(string Pattern, string Text, long Count, DateTime? FirstTime, DateTime? LastTime, IReadOnlyList<string> Domains);
