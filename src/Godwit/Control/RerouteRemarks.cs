using Godwit.Queues;

namespace Godwit.Control;

/// <summary>Why a reroute has moved nothing. Stateless.</summary>
internal static class RerouteRemarks
{
    /// <param name="virtualMta">Where to, as it was typed.</param>
    /// <param name="members">The virtual MTAs that it means.</param>
    /// <param name="there">Recipients that match and are there already.</param>
    public static string Unmoved(ServerView server, RecipientFilter filter, string virtualMta, IReadOnlyList<string> members, long there)
    {
        QueuePattern pattern = filter.Queue ?? QueuePattern.All;
        long present = server.Scheduler.Glances(QueueNames.Matcher(server.Scheduler, pattern))
            .Where(queue => !members.Contains(queue.Key.VirtualMta, StringComparer.OrdinalIgnoreCase))
            .Sum(static queue => queue.Recipients);
        bool isWhole = filter == new RecipientFilter { Queue = filter.Queue };
        string already = there > 0 ? $"{there} recipient(s) of these wait with {virtualMta} already." : "";
        string elsewhere = present == 0 ? there > 0 ? "" : "Nothing waits there."
            : isWhole ? $"{present} recipient(s) are under way over connections and stay where they are; those that must be tried again can be rerouted then."
            : there > 0 ? "" : "Nothing that waits matches; what a connection has right now stays where it is.";
        return QueueRemarks.Join(already, elsewhere);
    }
}
