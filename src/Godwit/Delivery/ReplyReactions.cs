// What the replies to one delivery lead to beyond its own mail: the rules are asked, the queue hears of it, the operator's log too.
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
internal sealed class ReplyReactions(DeliveryTicket ticket, DeliveryTools tools)
{
    /// <summary>
    /// An address that is disabled comes back no sooner: a time of zero would have the queue try again and again as fast as the host can refuse.
    /// </summary>
    private static readonly TimeSpan _leastDisabled = TimeSpan.FromSeconds(1);

    private readonly IReadOnlyList<ReplyRule> _own = ticket.Settings.ReplyRules;
    private readonly IReadOnlyList<ReplyRule> _list = ticket.Settings.ReplyList.Length == 0 ? [] : tools.Doors.ReplyList(ticket.Settings.ReplyList);
    private SmtpReply? _deferral;

    /// <summary>The queue waits, or goes on from another source address: no further host is tried and no further message sent.</summary>
    public bool EndsDelivery { get; private set; }

    /// <summary>Asks the rules, and has the queue do what they say.</summary>
    public ReplyConsequence To(SmtpStage stage, SmtpReply reply, HostAddress host)
    {
        ReplyConsequence consequence = ReplyPatterns.Of(reply, stage, _own, _list);
        if (consequence.GivenUp is { } pattern)
        {
            tools.Log.ReplyPatternGivenUp(ticket.Key, pattern.ToString(), PcrePattern.MatchTime);
        }

        if (consequence.Actions == ReplyActions.None || consequence.ReactionFor($"{host.Text} said {reply}") is not { } reaction)
        {
            return consequence;
        }

        ticket.React(reaction.DisableSource ? reaction with { ReenableAfter = ReenableAfter(reaction) } : reaction, tools.Clock.Now);
        EndsDelivery |= reaction.DisableSource || reaction.DeferQueue;
        if (reaction.DeferQueue && ticket.BeganRetry)
        {
            _deferral ??= reply;
        }

        return consequence;
    }

    /// <summary>The reply that put the queue into retry mode, once; null when none has.</summary>
    public SmtpReply? TakeDeferral()
    {
        SmtpReply? taken = _deferral;
        _deferral = null;
        return taken;
    }

    private TimeSpan ReenableAfter(QueueReaction reaction)
    {
        TimeSpan after = reaction.ReenableAfter ?? ticket.Settings.ReenableSourceAfter;
        return after == Timeout.InfiniteTimeSpan || after > _leastDisabled ? after : _leastDisabled;
    }
}
