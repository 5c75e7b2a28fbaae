// The state of one queue as a value in the spool: JSON with a version, so that a later Godwit can add to it and an earlier one can tell that it does not
// understand. Pure.

using System.Net;
using System.Text.Json;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Queues;

namespace Godwit.Disposition;

/// <summary>Writes and reads <see cref="QueueMemory"/>.</summary>
internal static class QueueMemoryFormat
{
    /// <summary>In front of every key.</summary>
    public const string Prefix = "queue/";

    /// <summary>In front of the key of a paused job; any value means paused.</summary>
    public const string JobPrefix = "job/";

    /// <summary>The key of the patterns that are paused, a line each.</summary>
    public const string PausesKey = "pauses";

    private const int Version = 1;

    /// <summary>Half of what the spool takes under one key (MessageSpool.PutStateAsync): a commit holds several.</summary>
    internal const int MaxOctets = 32 * 1024;

    /// <summary>Of a reason, characters that are kept: a million queues may have one in memory.</summary>
    private const int MaxReason = 200;

    public static string KeyOf(QueueKey queue) => $"{Prefix}{queue.Destination.Text}/{queue.VirtualMta}";

    public static bool TryReadKey(string key, out QueueKey queue)
    {
        queue = default;
        int slash = key.IndexOf('/', Prefix.Length);
        if (slash < 0 || !DomainName.TryParse(key.AsSpan(Prefix.Length, slash - Prefix.Length), out DomainName destination))
        {
            return false;
        }

        queue = new QueueKey(destination, key[(slash + 1)..]);
        return true;
    }

    /// <summary>Empty for a queue that nothing sets apart.</summary>
    /// <param name="leftOut">How many source addresses, jobs and senders had no room: thousands of them do not fit.</param>
    public static byte[] Write(QueueMemory memory, out int leftOut)
    {
        leftOut = 0;
        if (memory.IsPlain)
        {
            return [];
        }

        // 1 As it is. 2 Without reasons: that an address is disabled is what must not be lost. 3 The first of each kind that fit.
        byte[] octets = Write(memory, int.MaxValue, MaxReason);
        for (int most = MaxOctets / 32; octets.Length > MaxOctets; most /= 2)
        {
            octets = Write(memory, most, reasonLength: 0);
            leftOut = Beyond(memory.Disabled) + Beyond(memory.Slowed) + Beyond(memory.Returning) + Beyond(memory.Streams);

            int Beyond<T>(IReadOnlyList<T> all) => Math.Max(0, all.Count - most);
        }

        return octets;
    }

    public static bool TryRead(ReadOnlySpan<byte> octets, out QueueMemory memory)
    {
        memory = new QueueMemory();
        try
        {
            if (JsonSerializer.Deserialize(octets, QueueStateJson.Default.QueueStateRecord) is not { Version: Version } state)
            {
                return false;
            }

            memory = Read(state);
            return true;
        }
        catch (Exception error) when (error is JsonException or FormatException)
        {
            return false;
        }
    }

    private static QueueMemory Read(QueueStateRecord state) => new()
    {
        MainDomain = state.MainDomain is null ? null : DomainName.Parse(state.MainDomain),
        IsPaused = state.Paused,
        Mode = state.Backoff ? QueueMode.Backoff : QueueMode.Normal,
        ModeUntil = new Instant(state.Until),
        ModeReason = state.Reason ?? "",
        Return = state.Return is null ? null : Read(state.Return),
        DeferredUntil = new Instant(state.Deferred),
        Disabled = [.. (state.Disabled ?? []).Select(static source => new DisabledSource(
            Address(source.Address), new Instant(source.Until), source.Reason ?? ""))],
        Slowed = [.. (state.Slowed ?? []).Select(static source => new SlowedSource(
            Address(source.Address), source.Connections, new Rate(source.Count, new TimeSpan(source.Period)), source.Messages, new Instant(source.Until)))],
        Returning = [.. (state.Returning ?? []).Select(static source => new ReturningSource(Address(source.Address), Read(source)))],
        Streams = [.. (state.Holds ?? []).Select(static hold => new StreamTerms(hold.Job, hold.Tenant, new Instant(hold.Until), hold.Gradual)
        {
            Connections = hold.Connections,
            Rate = new Rate(hold.Count, new TimeSpan(hold.Period)),
            CeilingUntil = new Instant(hold.Ceiling),
            Return = hold.Return is null ? null : Read(hold.Return),
        })],
    };

    private static RampStep Read(QueueStateRecord.Step step) => new(step.Ceiling, new Instant(step.Next));

    private static IPAddress? Address(string? text) => text is null ? null : IPAddress.Parse(text);

    private static byte[] Write(QueueMemory memory, int most, int reasonLength) => JsonSerializer.SerializeToUtf8Bytes(
        new QueueStateRecord
        {
            Version = Version,
            MainDomain = memory.MainDomain?.Text,
            Paused = memory.IsPaused,
            Backoff = memory.Mode == QueueMode.Backoff,
            Until = memory.ModeUntil.Ticks,
            Reason = Head(memory.ModeReason, reasonLength),
            Return = memory.Return is { } step ? new QueueStateRecord.Step { Ceiling = step.Ceiling, Next = step.Next.Ticks } : null,
            Deferred = memory.DeferredUntil.Ticks,
            Disabled = List(memory.Disabled, most, source => new QueueStateRecord.Source
            {
                Address = source.Address?.ToString(),
                Until = source.Until.Ticks,
                Reason = Head(source.Reason, reasonLength),
            }),
            Slowed = List(memory.Slowed, most, source => new QueueStateRecord.Slow
            {
                Address = source.Address?.ToString(),
                Connections = source.Connections,
                Count = source.Rate.Count,
                Period = source.Rate.Period.Ticks,
                Messages = source.Messages,
                Until = source.Until.Ticks,
            }),
            Returning = List(memory.Returning, most, source => new QueueStateRecord.Step
            {
                Address = source.Address?.ToString(),
                Ceiling = source.Step.Ceiling,
                Next = source.Step.Next.Ticks,
            }),
            Holds = List(memory.Streams, most, terms => new QueueStateRecord.Hold
            {
                Job = terms.Job,
                Tenant = terms.Tenant,
                Until = terms.HeldUntil.Ticks,
                Gradual = terms.RecoversGradually,
                Connections = terms.Connections,
                Count = terms.Rate.Count,
                Period = terms.Rate.Period.Ticks,
                Ceiling = terms.CeilingUntil.Ticks,
                Return = terms.Return is { } way ? new QueueStateRecord.Step { Ceiling = way.Ceiling, Next = way.Next.Ticks } : null,
            }),
        },
        QueueStateJson.Default.QueueStateRecord);

    /// <summary>null, which is not written, when there is nothing.</summary>
    private static List<TRecord>? List<T, TRecord>(IReadOnlyList<T> all, int most, Func<T, TRecord> record) =>
        all.Count == 0 ? null : [.. all.Take(most).Select(record)];

    private static string Head(string text, int length) =>
        text.Length <= length ? text : text[..(length > 0 && char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];
}
