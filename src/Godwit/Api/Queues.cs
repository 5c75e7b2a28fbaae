namespace Godwit.Api;

/// <summary>One queue in a list.</summary>
/// <param name="HeldRecipients">Would go now if their jobs were not paused, or held by a reply.</param>
/// <param name="Mode">normal, backoff.</param>
/// <param name="WaitReason">Why the next recipient does not leave right now; empty when it does.</param>
/// <param name="Limit">What binds first, in words; empty when nothing does.</param>
/// <param name="PerMinute">Recipients that left it a minute lately.</param>
internal sealed record QueueRow(
    string Name, string Domain, string Vmta, long Recipients, long Octets, int Connections, bool Paused, long HeldRecipients, string Mode, string ModeReason,
    DateTime? ModeUntil, DateTime? NextRetry, string LastReply, DateTime? LastReplyTime, string WaitReason, string Limit, double PerMinute);

/// <summary>A page of queues.</summary>
/// <param name="AsOf">When the order was made; what is said of each queue is of now.</param>
internal sealed record QueueList(IReadOnlyList<QueueRow> Items, long Total, string? Next, DateTime AsOf);

/// <summary>One queue with all that is known of it.</summary>
/// <param name="History">Null for a queue that is not among the most active ones, and in the server's first minute.</param>
internal sealed record QueueView(
    string Name, string Domain, string Vmta, long Recipients, long Octets, int Connections, bool Paused, long HeldRecipients, string Mode, string ModeReason,
    DateTime? ModeUntil, DateTime? NextRetry, string LastReply, DateTime? LastReplyTime, string WaitReason, string Limit, double PerMinute,
    IReadOnlyList<TimedText> Events, IReadOnlyList<WhyItem> Why, IReadOnlyList<QueueSourceRow> ConnectionsBySource, IReadOnlyList<SettingRow> Settings,
    IReadOnlyList<ReplyRow> Replies, IReadOnlyList<OpenConnectionRow> OpenConnections, MailHistoryView? History);

/// <summary>Something that was said at a time.</summary>
internal sealed record TimedText(DateTime Time, string Text);

/// <summary>One reason why mail waits.</summary>
/// <param name="Binding">Nothing goes before it ends; the others only slow the queue.</param>
/// <param name="Fix">The command that ends it; empty when there is none.</param>
internal sealed record WhyItem(string Text, DateTime? Since, DateTime? Until, string Fix, bool Binding);

/// <summary>What a queue or a destination did, step by step.</summary>
/// <param name="Step">Seconds.</param>
/// <param name="Start">The end of the first step.</param>
internal sealed record MailHistoryView(int Step, DateTime Start, MailSeries Series);

/// <summary>One value for each step, null where nothing was kept or sampled; what is queued and connected is that of the step's end.</summary>
internal sealed record MailSeries(int?[] Delivered, int?[] Deferred, int?[] Bounced, int?[] Queued, int?[] Connections);

/// <summary>A connection to a host that is open now.</summary>
/// <param name="Source">What the host sees of us; empty until that is known.</param>
/// <param name="Remote">The host's address.</param>
/// <param name="Host">Its name.</param>
/// <param name="Messages">Handed over on it so far.</param>
/// <param name="Tls">The version, such as TLSv1.3; empty without TLS.</param>
/// <param name="State">connecting, opening (greeting to authentication), sending, idle, waiting (for a rate).</param>
internal sealed record OpenConnectionRow(
    string Queue, string Source, string Remote, string Host, DateTime Since, int Messages, string Tls, string State);

/// <summary>A source address as one queue uses it: connections are its own, and what became of mail is counted over all queues of its virtual MTA.</summary>
internal sealed record QueueSourceRow(
    string Source, int Connections, long Delivered, long Deferred, long Bounced, bool Disabled, DateTime? DisabledUntil, string DisabledReason);

/// <summary>One directive as it applies.</summary>
/// <param name="Origin">Where it was said; for a default, why.</param>
internal sealed record SettingRow(string Name, string Value, string Origin, bool IsDefault);

/// <summary>Replies of a destination that say the same.</summary>
/// <param name="Kind">deferred, bounced, delivered.</param>
internal sealed record ReplyRow(string Pattern, string Sample, string Kind, long Count, DateTime? FirstTime, DateTime? LastTime);

/// <summary>An action was done.</summary>
/// <param name="Undo">What takes it back; null when nothing does.</param>
internal sealed record ActionDone(string Message, UndoRequest? Undo);

/// <summary>A request that takes an action back.</summary>
internal sealed record UndoRequest(string Method, string Path, SourceOrder? Body);

/// <summary>A source address of a queue that is to be disabled or enabled.</summary>
/// <param name="Queue">DOMAIN/VMTA; stars stand for anything.</param>
/// <param name="ReenableAfter">Seconds; null until somebody enables it.</param>
internal sealed record SourceOrder(string? Address, string? Queue, double? ReenableAfter);
