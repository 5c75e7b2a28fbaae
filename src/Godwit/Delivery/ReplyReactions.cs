// What the replies to one delivery lead to beyond its own mail: the rules are asked, the queue hears of it, the operator's log too.
// The user's rules come first; where none of them knows a refusal, those that come with the program are asked, of the provider whose host replied.
// Owned by one delivery. Knows afterwards whether the delivery must end for it.

using Godwit.Diagnostics;
using Godwit.Disposition;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Patterns;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Delivery;

/// <summary>Asks the rules about replies and carries out what concerns the queue. Not thread safe.</summary>
internal sealed class ReplyReactions
{
    /// <summary>
    /// An address that is disabled comes back no sooner: a time of zero would have the queue try again and again as fast as the host can refuse.
    /// </summary>
    private static readonly TimeSpan _leastDisabled = TimeSpan.FromSeconds(1);

    private readonly DeliveryTicket _ticket;
    private readonly DeliveryTools _tools;
    private readonly IReadOnlyList<ReplyRule> _own;
    private readonly IReadOnlyList<ReplyRule> _list;

    // Made once: replies come with every message.
    private readonly Func<string, ProviderReply?>? _shipped;
    private readonly Func<object, Rate, bool> _begins;
    private SmtpReply? _deferral;
    private HostAddress? _host;
    private ProviderProfile? _provider;

    public ReplyReactions(DeliveryTicket ticket, DeliveryTools tools)
    {
        (_ticket, _tools) = (ticket, tools);
        _own = ticket.Settings.ReplyRules;
        _list = ticket.Settings.ReplyList.Length == 0 ? [] : tools.Doors.ReplyList(ticket.Settings.ReplyList);
        _shipped = ticket.Settings.ShippedReplyPatterns ? Shipped : null;
        _begins = Begins;
    }

    /// <summary>The queue waits, or goes on from another source address: no further host is tried and no further message sent.</summary>
    public bool EndsDelivery { get; private set; }

    /// <summary>A reply has asked for TLS: nothing more goes over a connection without it.</summary>
    public bool WantsTls { get; private set; }

    /// <summary>The message that is under way: its job and its sender may be what a reply is about.</summary>
    public StoredMessage? Message { get; set; }

    /// <summary>Asks the rules, and has the queue do what they say.</summary>
    public ReplyConsequence To(SmtpStage stage, SmtpReply reply, HostAddress host)
    {
        _host = host;
        ReplyConsequence led = ReplyPatterns.Of(reply, stage, _own, _list, _shipped, _begins);
        if (led.GivenUp is { } pattern)
        {
            _tools.Log.ReplyPatternGivenUp(_ticket.Key, pattern.ToString(), PcrePattern.MatchTime);
        }

        if (!led.IsKnown && (reply.IsTransient || reply.IsPermanent))
        {
            _tools.Doors.Unclassified?.Add(reply, _ticket.Key.Destination, _tools.Clock.Now, Ours());
        }
        else if ((led.Actions != ReplyActions.None || !led.Reaction.IsNone) && ReactionTo(led, $"{host.Text} said {reply}") is { } reaction)
        {
            CarryOut(reaction, reply);
        }

        return led;
    }

    /// <summary>The reply that put the queue into retry mode, once; null when none has.</summary>
    public SmtpReply? TakeDeferral()
    {
        SmtpReply? taken = _deferral;
        _deferral = null;
        return taken;
    }

    private void CarryOut(QueueReaction reaction, SmtpReply reply)
    {
        StreamKey stream = (reaction.HoldFor > TimeSpan.Zero || reaction.LimitsStream) && Message is { } message ? _tools.Doors.StreamOf(message) : default;
        if (!reaction.MeansTenant && string.IsNullOrEmpty(stream.Job))
        {
            stream = default; // Mail without a job has nothing in common but that.
        }

        _ticket.React(reaction.DisableSource ? reaction with { ReenableAfter = ReenableAfter(reaction) } : reaction, _tools.Clock.Now, stream);
        EndsDelivery |= reaction.DisableSource || reaction.DeferQueue;
        if (reaction.DeferQueue && _ticket.BeganRetry)
        {
            _deferral ??= reply;
        }
    }

    /// <summary>What the queue hears: PowerMTA's actions, and Godwit's words on their scope.</summary>
    private QueueReaction? ReactionTo(ReplyConsequence led, string reason)
    {
        ReplyReaction asked = led.Reaction;
        if (asked.Has(ReactionActs.RequireTls))
        {
            WantsTls = true;
            if (_tools.Tls.Demand(_ticket.Key, reason))
            {
                _tools.Log.TlsWanted(_ticket.Key, reason, TlsDemands.Remembered);
            }
        }

        if (asked.Has(ReactionActs.Suspend) && led.Scope == ReplyScope.Host)
        {
            _tools.Hosts.Failed(_host!);
        }

        bool alerts = asked.Has(ReactionActs.Alert) && _tools.Replies.IsNews(_ticket.LimitsKey, led.Shipped.Length > 0 ? led.Shipped : asked, _tools.Clock.Now);
        bool limits = (asked.Acts & ReplyReaction.Limits) != ReactionActs.None
            && (ReplyScopes.ReachOf(led.Scope) is not null || ReplyScopes.IsStream(led.Scope));
        bool waits = asked.Has(ReactionActs.Suspend) && led.Scope != ReplyScope.Host;
        QueueReaction? plain = led.ReactionFor(reason);
        if (!alerts && !limits && !waits && (asked.Acts & (ReactionActs.DisableSource | ReactionActs.SameSource)) == ReactionActs.None)
        {
            return plain;
        }

        QueueReaction reaction = (plain ?? new QueueReaction { Reason = reason }) with
        {
            Alerts = alerts,
            KeepSource = asked.Has(ReactionActs.SameSource),
            Reach = ReplyScopes.ReachOf(led.Scope) ?? SourceReach.One,
            RecoverGradually = asked.Has(ReactionActs.RecoverGradually),
        };
        reaction = limits ? Limited(reaction, led.Scope, asked) : reaction;
        reaction = waits ? ReplyScopes.Suspended(reaction, led.Scope, asked.Suspend) : reaction;
        return asked.Has(ReactionActs.DisableSource)
            ? reaction with { DisableSource = true, ReenableAfter = asked.ReenableAfter ?? Timeout.InfiniteTimeSpan }
            : reaction;
    }

    private static QueueReaction Limited(QueueReaction reaction, ReplyScope? scope, ReplyReaction asked) => reaction with
    {
        LimitsStream = ReplyScopes.IsStream(scope),
        MeansTenant = ReplyScopes.IsStream(scope) && scope != ReplyScope.Campaign,
        SourceConnections = asked.Connections ?? 0,
        HalvesConnections = asked.Has(ReactionActs.LimitConnections) && asked.Connections is null,
        SourceRate = asked.Rate ?? Rate.Unlimited,
        HalvesRate = asked.Has(ReactionActs.LimitRate) && asked.Rate is null,
        SourceMessages = asked.Messages ?? 0,
        CeilingFor = asked.LimitFor,
    };

    /// <summary>The host's name says whose it is; a provider whose hosts are not known by name is known by its domains.</summary>
    private ProviderReply? Shipped(string text)
    {
        if (_tools.Doors.Settings()?.Providers is not { } providers)
        {
            return null;
        }

        _provider ??= (DomainName.TryParse(_host!.Name, out DomainName name) ? providers.ByMx([name]) : null) ?? providers.ByDomain(_ticket.Key.Destination);
        return providers.Match(_provider, text);
    }

    private bool Begins(object rule, Rate threshold) => _tools.Replies.Reaches(_ticket.LimitsKey, rule, threshold, _tools.Clock.Now);

    /// <summary>Domains that differ from mail to mail and so say nothing about the kind of a reply.</summary>
    private DomainName[] Ours() =>
        Message is { } message && DomainName.TryParse(_tools.Doors.StreamOf(message).Tenant ?? "", out DomainName sender)
            ? [_ticket.Key.Destination, sender]
            : [_ticket.Key.Destination];

    private TimeSpan ReenableAfter(QueueReaction reaction)
    {
        TimeSpan after = reaction.ReenableAfter ?? _ticket.Settings.ReenableSourceAfter;
        return after == Timeout.InfiniteTimeSpan || after > _leastDisabled ? after : _leastDisabled;
    }
}
