// What sets a queue apart from one that just delivers: its mode, its source addresses, its recent errors. Most queues have none of it, so it is an object
// that is made when needed; a million idle queues pay eight octets each. Owned by its MailQueue and touched under the scheduler's lock only.

using System.Net;
using Godwit.Foundation;
using Godwit.Settings;

namespace Godwit.Queues;

/// <summary>The uncommon state of one queue.</summary>
internal sealed class QueueCondition
{
    /// <summary>A recorded error is one line on a screen; a longer text is cut.</summary>
    private const int MaxErrorLength = 1000;

    private readonly List<QueueEvent> _events = [];
    private QueueSource[] _sources = [];
    private IReadOnlyList<SourceHost>? _sourcesOf;
    private DeliverySettings? _configuredFor;

    public QueueMode Mode { get; private set; }

    /// <summary>When backoff mode ends by itself; <see cref="Instant.Never"/> when it does not, and in normal mode.</summary>
    public Instant ModeUntil { get; private set; } = Instant.Never;

    /// <summary>Why it is in backoff mode.</summary>
    public string ModeReason { get; private set; } = "";

    public bool RecoversGradually { get; private set; }

    /// <summary>The way back from backoff mode.</summary>
    public ConnectionRamp Ramp;

    public IReadOnlyList<QueueEvent> Events => _events;

    /// <summary>Whether source addresses have a state here.</summary>
    public bool HasSources => _sources.Length > 0;

    public ReadOnlySpan<QueueSource> Sources => _sources;

    public void EnterBackoff(Instant until, string reason, bool gradually)
    {
        (Mode, ModeUntil, ModeReason) = (QueueMode.Backoff, until, reason);
        RecoversGradually |= gradually;
        Ramp = default;
    }

    public void LeaveBackoff(Instant now)
    {
        (Mode, ModeUntil, ModeReason) = (QueueMode.Normal, Instant.Never, "");
        if (RecoversGradually)
        {
            RecoversGradually = false;
            Ramp.Begin(now);
        }
    }

    /// <summary>Brings the states of source addresses to the addresses and limits in force. What was said about one that has gone is forgotten.</summary>
    public void UseSources(IReadOnlyList<SourceHost> sources, DeliverySettings settings, Instant now)
    {
        if (!ReferenceEquals(sources, _sourcesOf))
        {
            QueueSource[] before = _sources;
            _sources = [.. sources.Select(source => Array.Find(before, known => Equals(known.Address, source.Address)) ?? new QueueSource(source.Address))];
            (_sourcesOf, _configuredFor) = (sources, null);
        }

        if (!ReferenceEquals(settings, _configuredFor))
        {
            _configuredFor = settings;
            foreach (QueueSource source in _sources)
            {
                source.Configure(settings, now);
            }
        }
    }

    public QueueSource? Find(IPAddress? address) => Array.Find(_sources, source => Equals(source.Address, address));

    /// <summary>Every source address is disabled; false when none has a state.</summary>
    public bool AreAllDisabled(Instant now)
    {
        foreach (QueueSource source in _sources)
        {
            if (!source.IsDisabled(now))
            {
                return false;
            }
        }

        return _sources.Length > 0;
    }

    public IReadOnlyList<DisabledSource> DisabledSources(Instant now) =>
        [.. _sources.Where(source => source.IsDisabled(now)).Select(source => new DisabledSource(source.Address, source.DisabledUntil, source.Reason))];

    /// <summary>Remembers an error. The same text again only renews its time, so that one trouble does not push out all others.</summary>
    public void Record(string text, int most, Instant now)
    {
        text = text.Length > MaxErrorLength ? text[..MaxErrorLength] : text;
        if (_events.Count > 0 && _events[^1].Text == text)
        {
            _events[^1] = new QueueEvent(now, text);
            return;
        }

        _events.Add(new QueueEvent(now, text));
        if (_events.Count > most)
        {
            _events.RemoveRange(0, _events.Count - most);
        }
    }

    /// <summary>Until when it holds something that must not be forgotten although the queue is empty.</summary>
    public Instant WorthKeepingUntil(Instant now)
    {
        Instant until = Mode == QueueMode.Backoff ? ModeUntil : now;
        until = Ramp.IsActive ? Instant.Max(until, now + ConnectionRamp.StepTime) : until;
        foreach (QueueSource source in _sources)
        {
            until = source.IsDisabled(now) ? Instant.Max(until, source.DisabledUntil)
                : source.IsPlain(now) ? until
                : Instant.Max(until, now + ConnectionRamp.StepTime);
        }

        return until;
    }
}
