// Queues that wait for their next try while a reload has changed what the failed one was made with: the operator has mended something, and nothing happens
// until the wait is over. Static; looks, and changes nothing.

using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Control;

/// <summary>Finds queues that a reload concerns and that wait all the same.</summary>
internal static class ChangedTerms
{
    /// <summary>Queues that are looked at: with all destinations down there may be a million, and a reload must not take a minute for a hint.</summary>
    private const int MostLooked = 10_000;

    /// <summary>The queues in retry whose TLS, authentication or hosts are other ones now.</summary>
    public static IReadOnlyList<QueueKey> Waiting(Scheduler scheduler, ServerSettings before, ServerSettings now)
    {
        var waiting = new List<QueueKey>();
        int looked = 0;
        foreach (QueueGlance queue in scheduler.Glances(static _ => true))
        {
            if (!queue.IsRetrying || queue.Recipients == 0)
            {
                continue;
            }

            if (++looked > MostLooked)
            {
                break;
            }

            if (!AreSame(before.DeliveryFor(queue.Key.Destination, queue.Key.VirtualMta), now.DeliveryFor(queue.Key.Destination, queue.Key.VirtualMta)))
            {
                waiting.Add(queue.Key);
            }
        }

        return waiting;
    }

    private static bool AreSame(DeliverySettings one, DeliverySettings other) =>
        one.Tls == other.Tls
        && (one.UseStartTls, one.RequireStartTls, one.UseDane, one.UseMtaSts) == (other.UseStartTls, other.RequireStartTls, other.UseDane, other.UseMtaSts)
        && (one.AuthUsername, one.AuthPassword, one.AuthMethod) == (other.AuthUsername, other.AuthPassword, other.AuthMethod)
        && (one.AuthTokenFile, one.UseUnencryptedPlainAuth) == (other.AuthTokenFile, other.UseUnencryptedPlainAuth)
        && one.DefaultSmtpPort == other.DefaultSmtpPort
        && one.SmtpHosts.SelectMany(Targets).SequenceEqual(other.SmtpHosts.SelectMany(Targets));

    private static IEnumerable<(int Level, HostTarget Host)> Targets(HostLevel level, int number) => level.Hosts.Select(host => (number, host));
}
