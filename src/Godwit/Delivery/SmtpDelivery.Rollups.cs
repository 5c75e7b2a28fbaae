// Where a queue's mail belongs, once its hosts are known: into a rollup, under a provider's limits, or where it is.

using Godwit.Diagnostics;
using Godwit.Dns;
using Godwit.Queues;

namespace Godwit.Delivery;

internal sealed partial class SmtpDelivery
{
    /// <summary>
    /// True when the hosts put the queue under other limits than this connection was granted by, or its mail into another queue. Then the connection is not
    /// opened: that is no failure, and the next grant knows.
    /// </summary>
    private async ValueTask<bool> LeavesForOthersAsync(HostSearch search)
    {
        if (search.Answer is not { } answer)
        {
            return LeavesGroup();
        }

        if (answer.Status == MxStatus.TemporaryFailure)
        {
            return false;
        }

        RollupChoice choice = await tools.Hosts.Rollups.ChooseAsync(
            ticket.Key, _settings, answer, DestinationHosts.Terms(_settings, ticket.Source.Address), abort);
        switch (choice.Kind)
        {
            case RollupKind.Queue when await tools.Tls.StandsAloneAsync(ticket.Key, choice.Name, _settings, abort):
                return LeavesGroup();
            case RollupKind.Queue:
                tools.Log.QueueJoinsRollup(ticket.Key, choice.Name);
                ticket.JoinRollup(choice.Name, tools.Clock.Now);
                Observer?.Note($"the mail belongs to the queue {choice.Name}/{ticket.Key.VirtualMta} and moves there: trace that one");
                return true;
            case RollupKind.Group when ticket.JoinGroup(choice.Name, choice.MainDomain, tools.Clock.Now):
                tools.Log.QueueJoinsGroup(ticket.Key, new QueueKey(choice.Name, ticket.Key.VirtualMta), choice.MainDomain);
                LeaveWatch($"the queue shares the limits of {choice.Name}/{ticket.Key.VirtualMta} from now on: a connection is granted anew under them");
                return true;
            case RollupKind.Group:
                return false;
            default:
                return LeavesGroup();
        }
    }

    private bool LeavesGroup()
    {
        bool left = ticket.LeaveGroup(tools.Clock.Now);
        if (left)
        {
            LeaveWatch("the queue shares no provider's limits any more: a connection is granted anew under its own");
        }

        return left;
    }
}
