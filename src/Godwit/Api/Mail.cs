namespace Godwit.Api;

/// <summary>One destination: what waits, and what became of the rest since the start.</summary>
/// <param name="Paused">Queues with mail that are paused.</param>
/// <param name="Backoff">Queues with mail in backoff mode.</param>
internal sealed record DestinationRow(
    string Name, long Recipients, long Octets, int Queues, long Connections, int Paused, int Backoff, long Delivered, long Deferred, long Bounced,
    string LastReply, DateTime? LastReplyTime);

/// <summary>One destination in full.</summary>
/// <param name="History">Null for a destination that is not among the most active ones, and in the server's first minute.</param>
internal sealed record DestinationView(
    string Name, long Recipients, long Octets, int QueueCount, long Connections, int Paused, int Backoff, long Delivered, long Deferred, long Bounced,
    string LastReply, DateTime? LastReplyTime, IReadOnlyList<QueueRow> Queues, IReadOnlyList<ReplyRow> Replies, IReadOnlyList<DestinationSource> Sources,
    IReadOnlyList<OpenConnectionRow> OpenConnections, MailHistoryView? History);

/// <summary>A source address that a destination's mail leaves from; counts are of all that left from it.</summary>
/// <param name="Connections">Open now, to this destination.</param>
internal sealed record DestinationSource(string Source, string Vmta, int Connections, long Delivered, long Deferred, long Bounced);

/// <summary>One virtual MTA.</summary>
/// <param name="WarmUp">Null where it is not cold: where no other shares its mail with it.</param>
internal sealed record VirtualMtaRow(
    string Name, IReadOnlyList<string> Pools, long Recipients, long Octets, int Queues, long Connections, long Delivered, long Deferred, long Bounced,
    IReadOnlyList<SourceRow> Sources, WarmUp? WarmUp);

/// <summary>One virtual MTA in full.</summary>
/// <param name="Queues">Those with most recipients.</param>
/// <param name="WarmUpDestinations">Those that had mail of it today while it is cold, the fullest first; at most 200.</param>
internal sealed record VirtualMtaView(
    string Name, IReadOnlyList<string> Pools, long Recipients, long Octets, int QueueCount, long Connections, long Delivered, long Deferred, long Bounced,
    IReadOnlyList<SourceRow> Sources, IReadOnlyList<QueueRow> Queues, IReadOnlyList<SettingRow> Settings, WarmUp? WarmUp,
    IReadOnlyList<WarmUpDestination> WarmUpDestinations);

/// <summary>A source address of a virtual MTA.</summary>
/// <param name="Address">Empty where the system chooses it.</param>
/// <param name="Connections">Open now, for this virtual MTA.</param>
/// <param name="BounceShare">Of recipients that were delivered or bounced.</param>
/// <param name="DeferralShare">Of attempts.</param>
/// <param name="State">active, partlyDisabled, disabled.</param>
/// <param name="DisabledIn">Queues, or groups of them, that do not use it now.</param>
internal sealed record SourceRow(
    string Address, string Host, string Vmta, int Connections, long Delivered, long Deferred, long Bounced, double BounceShare, double DeferralShare,
    string State, int DisabledIn, DateTime? DisabledUntil, string DisabledReason, WarmUp? WarmUp);

/// <summary>How far the warm-up of a cold virtual MTA has come today; a source address has that of its virtual MTA.</summary>
/// <param name="Used">Messages.</param>
/// <param name="Limit">The sum of the limits of the destinations that had any.</param>
/// <param name="Full">Of these, those at their limit.</param>
/// <param name="Destinations">Those that had any.</param>
internal sealed record WarmUp(long Used, long Limit, int Full, int Destinations);

/// <summary>What one destination has had today of a cold virtual MTA's mail.</summary>
/// <param name="Limit">Messages today; where those who share their mail give different numbers, the largest.</param>
internal sealed record WarmUpDestination(string Destination, int Used, int Limit);

/// <summary>One pool of virtual MTAs.</summary>
internal sealed record PoolRow(string Name, IReadOnlyList<PoolMember> Members, long Recipients, long Connections);

/// <summary>A member; it stands once and has as many shares as it is named.</summary>
internal sealed record PoolMember(string Name, int Weight);

/// <summary>One job.</summary>
/// <param name="Recipients">Those that wait.</param>
/// <param name="PerMinute">Delivered or given up a minute, over the last ten minutes.</param>
/// <param name="EndsAt">An estimate from that; null when nothing has left, nothing waits or it is paused.</param>
internal sealed record JobRow(
    string Id, long Recipients, long Octets, long Accepted, long Delivered, long Bounced, long Deferrals, DateTime? FirstSeen, DateTime? LastSeen,
    bool Paused, double PerMinute, DateTime? EndsAt);

/// <summary>One job in full.</summary>
internal sealed record JobView(
    string Id, long Recipients, long Octets, long Accepted, long Delivered, long Bounced, long Deferrals, DateTime? FirstSeen, DateTime? LastSeen,
    bool Paused, double PerMinute, DateTime? EndsAt, IReadOnlyList<JobDestination> Destinations);

/// <summary>Where a job's mail waits.</summary>
/// <param name="Share">Of all of it that waits.</param>
internal sealed record JobDestination(string Name, long Waiting, double Share);
