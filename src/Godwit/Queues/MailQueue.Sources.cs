// The source addresses of one queue: which may open a connection, and which is next.

using System.Diagnostics.CodeAnalysis;
using System.Net;
using Godwit.Foundation;
using Godwit.Settings;

namespace Godwit.Queues;

internal sealed partial class MailQueue
{
    /// <summary>
    /// How long a queue keeps to an address after a host asked for it. Hosts that greylist want the next try after a minute and within twelve hours.
    /// </summary>
    private static readonly TimeSpan _sourceKeptFor = TimeSpan.FromHours(12);

    /// <summary>When it has a source address that may open a connection; <see cref="Instant.Never"/> when that needs an event.</summary>
    public Instant NextSourceAllowed(Instant now)
    {
        if (!TryUseSources(now, out QueueCondition? condition))
        {
            return now;
        }

        Instant earliest = Instant.Never;
        foreach (QueueSource source in condition.Sources)
        {
            earliest = Instant.Min(earliest, source.NextConnectionAllowed(now));
        }

        return earliest;
    }

    /// <summary>The source address whose turn it is, and its state if it has one. One must be allowed to open a connection.</summary>
    public SourceHost TakeSource(Instant now, out QueueSource? state)
    {
        state = null;
        int turn = PreferredPlace() is >= 0 and var preferred ? preferred : KeptSource(now) is { } kept ? PlaceOf(kept) : Lane.NextTurn();
        if (!TryUseSources(now, out QueueCondition? condition))
        {
            return Lane.Sources[turn];
        }

        for (int i = 0; i < Lane.Sources.Count; i++)
        {
            int place = (turn + i) % Lane.Sources.Count;
            if (condition.Sources[place].NextConnectionAllowed(now) <= now)
            {
                state = condition.Sources[place];
                state.CountConnect(now);
                state.Connections++;
                return Lane.Sources[place];
            }
        }

        throw new InvalidOperationException($"queue {Key} got a connection although none of its source addresses may be used");
    }

    /// <summary>
    /// Connections come from this address from now on, as far as it may open them: a host that greylists waits for the same one, and learns to trust it. While
    /// it is kept to, what was said to another one changes nothing, or two addresses would take turns for ever.
    /// </summary>
    public void KeepTo(IPAddress? address, Instant now)
    {
        QueueNotes notes = NeedNotes();
        if (KeptSource(now) is not { } kept || Equals(kept, address))
        {
            (notes.KeptSource, notes.KeptSourceUntil) = (address, now + _sourceKeptFor);
        }
    }

    /// <summary>The address that the queue keeps to; null when all take turns, or when that one is not to be used.</summary>
    public IPAddress? KeptSource(Instant now) =>
        _notes is { KeptSource: { } kept } && _notes.KeptSourceUntil > now && PlaceOf(kept) >= 0 && _condition?.Find(kept)?.IsDisabled(now) != true
            ? kept
            : null;

    /// <summary>Until when; the default when it keeps to none.</summary>
    public Instant KeptSourceUntil => _notes?.KeptSourceUntil ?? default;

    /// <summary>While somebody watches, its connections leave from this address first; null when they go as ever.</summary>
    public void PreferSource(IPAddress? source)
    {
        if (source is not null || _notes is not null)
        {
            NeedNotes().PreferredSource = source;
        }
    }

    private int PreferredPlace() => _notes?.PreferredSource is { } preferred ? PlaceOf(preferred) : -1;

    private int PlaceOf(IPAddress address)
    {
        for (int i = 0; i < Lane.Sources.Count; i++)
        {
            if (address.Equals(Lane.Sources[i].Address))
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>True when source addresses have states here: the configuration limits them, or somebody has said something about one.</summary>
    private bool TryUseSources(Instant now, [NotNullWhen(true)] out QueueCondition? condition)
    {
        bool has = _condition is { HasSources: true } || SharedSettings.LimitsSources;
        condition = has ? NeedSources(now) : null;
        return has;
    }
}
