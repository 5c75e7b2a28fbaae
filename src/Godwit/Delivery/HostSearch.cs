// One delivery's way along the hosts of its queue, in the order to try them: smtp-hosts level by level, or the one list that DNS gives for the destination.
// A level is looked up when it is reached, so a name of the last level that DNS is slow about holds up nobody whom the first level serves.
// Hosts that failed a moment ago come last, behind all levels. Owned by one delivery; not thread safe.

using Godwit.Dns;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Delivery;

/// <summary>Gives hosts one by one.</summary>
/// <param name="lookedUp">Hears what each lookup found, or the reason why nothing.</param>
internal sealed class HostSearch(
    DestinationHosts hosts, DomainName destination, DeliverySettings settings, SourceHost from, Action<HostPlan>? lookedUp = null)
{
    private readonly Queue<HostAddress> _next = new();
    private readonly List<HostAddress> _last = [];
    private int _level;
    private int _left = Math.Max(1, settings.MxConnectionAttempts);

    /// <summary>Why a level has no host. When <see cref="NextAsync"/> never gave one, that is why.</summary>
    public HostPlan? Refusal { get; private set; }

    /// <summary>What DNS said about the destination's hosts; null where the configuration names them, and before the first host.</summary>
    public MxAnswer? Answer { get; private set; }

    /// <summary>The destination's own hosts are one level.</summary>
    private int Levels => Math.Max(1, settings.SmtpHosts.Count);

    /// <summary>The next host to try; null when there is none, or mx-connection-attempts have been given.</summary>
    public async ValueTask<HostAddress?> NextAsync(CancellationToken cancellation)
    {
        if (_left == 0)
        {
            return null;
        }

        while (_next.Count == 0 && _level < Levels)
        {
            Sort(await LookUpAsync(_level++, cancellation));
        }

        if (_next.Count == 0)
        {
            _last.ForEach(_next.Enqueue);
            _last.Clear();
        }

        _left--;
        return _next.TryDequeue(out HostAddress? host) ? host : null;
    }

    private ValueTask<HostPlan> LookUpAsync(int level, CancellationToken cancellation) =>
        settings.SmtpHosts.Count > 0
            ? hosts.FindLevelAsync(settings.SmtpHosts[level], destination, settings, from, cancellation)
            : hosts.FindDestinationAsync(destination, settings, from, cancellation);

    private void Sort(HostPlan plan)
    {
        Answer ??= plan.Answer;
        lookedUp?.Invoke(plan);
        if (plan.Status != HostPlanStatus.Found && Refusal?.Status != HostPlanStatus.WrongFamily)
        {
            // Addresses of the wrong family are the more telling reason: a slip in the configuration.
            Refusal = plan;
        }

        foreach (HostAddress host in plan.Hosts)
        {
            if (hosts.IsBad(host))
            {
                _last.Add(host);
            }
            else
            {
                _next.Enqueue(host);
            }
        }
    }
}
