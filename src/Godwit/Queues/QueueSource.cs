// One source address as one queue uses it: its own limits (source-ip-max-*), and what replies or the operator have said about it.
// Made when the configuration limits source addresses, or when somebody says something about one; most queues have none. Owned by its MailQueue.

using System.Net;
using Godwit.Foundation;
using Godwit.Settings;

namespace Godwit.Queues;

/// <summary>The state of a (queue, source address).</summary>
internal sealed class QueueSource(IPAddress? address)
{
    private FlowGate _flow;
    private RateGate _connects;
    private int _limit;
    private Rate _messageRate;
    private Rate _volumeRate;
    private Rate _connectRate;
    private int _ceiling;
    private Rate _ceilingRate;
    private int _ceilingMessages;
    private string _ceilingReason = "";
    private Instant _ceilingUntil;
    private ConnectionRamp _ramp;
    private bool _recoversGradually;

    /// <summary>null is whatever the system chooses.</summary>
    public IPAddress? Address => address;

    public int Connections { get; set; }

    /// <summary>Connections that wait for this address's rate.</summary>
    public int RateWaiting { get; set; }

    /// <summary>When it is used again; <see cref="Instant.Never"/> when only the operator can say so.</summary>
    public Instant DisabledUntil { get; private set; }

    /// <summary>Why it is disabled.</summary>
    public string Reason { get; private set; } = "";

    /// <summary>The way back that it is on, or will be when it is used next; null when there is none.</summary>
    public RampStep? Return => _recoversGradually ? new RampStep(0, default) : _ramp.Step;

    public bool IsDisabled(Instant now) => DisabledUntil > now;

    /// <summary>What a reply has lowered here; null when nothing.</summary>
    public SlowedSource? Slowed(Instant now) =>
        _ceilingUntil > now ? new SlowedSource(address, _ceiling, _ceilingRate, _ceilingMessages, _ceilingUntil) : null;

    public void Configure(DeliverySettings settings, Instant now)
    {
        _limit = Find(settings.SourceMaxSmtpOut, settings.MaxSmtpOutPerSource);
        _connectRate = Find(settings.SourceMaxConnectRates, Rate.Unlimited);
        _connects.Adapt(_connectRate, now);
        (_messageRate, _volumeRate) = (Find(settings.SourceMaxMsgRates, Rate.Unlimited), Find(settings.SourceMaxDataVolumeRates, Rate.Unlimited));
        _flow.AdaptMessages(MessageRate(now), now);
        _flow.AdaptOctets(_volumeRate, now);
    }

    /// <summary>Not used until then. A longer word stands against a shorter one.</summary>
    /// <param name="gradually">It comes back with one connection.</param>
    public void Disable(Instant until, string reason, bool gradually)
    {
        if (until > DisabledUntil)
        {
            (DisabledUntil, Reason) = (until, reason);
        }

        _recoversGradually |= gradually;
    }

    public void Enable() => DisabledUntil = default;

    /// <summary>Fewer connections, a slower rate and shorter connections for a time; 0 and unlimited leave what there is.</summary>
    /// <param name="reason">The reply that asked for it; empty when a restart has forgotten it.</param>
    public void Slow(int connections, Rate messages, int messagesEach, Instant until, Instant now, string reason = "")
    {
        (_ceiling, _ceilingRate, _ceilingMessages, _ceilingUntil, _ceilingReason) = (connections, messages, messagesEach, until, reason);
        _flow.AdaptMessages(MessageRate(now), now);
    }

    /// <summary>Takes over the way back that it was on before a restart.</summary>
    public void Resume(RampStep step)
    {
        if (step.Ceiling > 0)
        {
            _ramp.Resume(step);
        }
        else
        {
            _recoversGradually = true;
        }
    }

    /// <summary>Messages on one connection, for now; 0 is no limit.</summary>
    public int MostMessages(Instant now) => _ceilingUntil > now ? _ceilingMessages : 0;

    /// <summary>When this address may open one more connection; <see cref="Instant.Never"/> when it needs an event.</summary>
    public Instant NextConnectionAllowed(Instant now)
    {
        if (IsDisabled(now))
        {
            return DisabledUntil;
        }

        if (_recoversGradually)
        {
            _recoversGradually = false;
            _ramp.Begin(now);
        }

        if (Connections >= MostConnections(now) || RateWaiting > 0)
        {
            return _ceilingUntil > now ? _ceilingUntil : Instant.Never;
        }

        Instant next = Instant.Max(_connects.NextAllowed(_connectRate, now), _flow.NextGrant(MessageRate(now), _volumeRate, now));
        return _ceilingUntil > now && !_ceilingRate.IsUnlimited ? Instant.Min(next, _ceilingUntil) : next;
    }

    /// <summary>What keeps it from one more connection, in words: the limit, and where a reply has lowered it, that reply and its end.</summary>
    public string Explain(Instant now)
    {
        string reply = _ceilingReason.Length > 0 ? $"as this reply asked: {_ceilingReason}" : "as a reply asked";
        int most = MostConnections(now);
        if (Connections >= most)
        {
            string why = most == _ramp.Most ? "it comes back from trouble step by step"
                : _ceilingUntil > now && most == _ceiling ? $"until {_ceilingUntil}, {reply}"
                : "source-ip-max-smtp-out";
            return $"all {most} connection(s) of it are in use ({why})";
        }

        return RateWaiting == 0 && _connects.NextAllowed(_connectRate, now) > now ? $"source-ip-max-connect-rate {_connectRate}"
            : _ceilingUntil > now && !_ceilingRate.IsUnlimited ? $"{_ceilingRate} until {_ceilingUntil}, {reply}"
            : _volumeRate.IsUnlimited ? $"source-ip-max-msg-rate {_messageRate}"
            : _messageRate.IsUnlimited ? $"source-ip-max-data-volume-rate {_volumeRate}"
            : $"source-ip-max-msg-rate {_messageRate}, source-ip-max-data-volume-rate {_volumeRate}";
    }

    public bool IsOver(Instant now) => IsDisabled(now) || Connections > MostConnections(now);

    /// <summary>When a message may go, or when to ask again because a ceiling ends.</summary>
    public Instant NextMessageAllowed(Instant now)
    {
        Instant next = _flow.NextAllowed(MessageRate(now), _volumeRate, now);
        return _ceilingUntil > now && !_ceilingRate.IsUnlimited ? Instant.Min(next, _ceilingUntil) : next;
    }

    public int Allowed(Instant now, int wanted) => _flow.Allowed(MessageRate(now), _volumeRate, now, wanted);

    public void TakeFlow(Instant now, int recipients, long length) => _flow.Take(MessageRate(now), _volumeRate, now, recipients, length);

    public void GiveBackFlow(long length) => _flow.GiveBack(_volumeRate, length);

    public void GiveBackConnect(Instant granted) => _connects.GiveBackLast(_connectRate, granted);

    public void CountConnect(Instant now)
    {
        _connects.Take(_connectRate, now, 1);
        _flow.TakeGrant(MessageRate(now), now);
    }

    /// <summary>A connection ended without a message.</summary>
    public void GiveBackGrant(Instant now) => _flow.GiveBackGrant(MessageRate(now));

    /// <summary>Mail was taken. True when one more connection may be opened for it.</summary>
    public bool Delivered(int top, Instant now) => _ramp.Delivered(top, now);

    /// <summary>Until when it holds something that a new state would not know.</summary>
    /// <param name="empty">Since when the queue is empty.</param>
    public Instant WorthKeepingUntil(Instant now, Instant empty)
    {
        // A new gate forgives the lateness that this one may have forgiven already.
        Instant before = now - RateGate.Tolerance;
        Instant until = Instant.Max(NextMessageAllowed(before), _connects.NextAllowed(_connectRate, before)) + RateGate.Tolerance;
        until = Instant.Max(until, DisabledUntil);
        until = Instant.Max(until, _ceilingUntil);
        return _recoversGradually || _ramp.IsActive ? Instant.Max(until, empty + ConnectionRamp.KeptFor) : until;
    }

    private int MostConnections(Instant now)
    {
        int most = _limit == 0 ? int.MaxValue : _limit;
        most = _ceilingUntil > now && _ceiling > 0 ? Math.Min(most, _ceiling) : most;
        return Math.Min(most, _ramp.Most);
    }

    private Rate MessageRate(Instant now)
    {
        if (_ceilingRate.IsUnlimited)
        {
            return _messageRate;
        }

        if (_ceilingUntil > now)
        {
            return _ceilingRate;
        }

        // The ceiling has ended: what its rate has said of the next message must not hold up the ordinary one.
        _ceilingRate = Rate.Unlimited;
        _flow.AdaptMessages(_messageRate, now);
        return _messageRate;
    }

    /// <summary>The entry whose block is the narrowest around this address; of equal ones the last.</summary>
    private T Find<T>(IReadOnlyList<AddressLimit<T>> limits, T otherwise)
        where T : notnull
    {
        int best = -1;
        for (int i = 0; i < limits.Count; i++)
        {
            if (address is not null && limits[i].Addresses.Contains(address) && limits[i].Addresses.PrefixLength >= best)
            {
                (best, otherwise) = (limits[i].Addresses.PrefixLength, limits[i].Limit);
            }
        }

        return otherwise;
    }
}
