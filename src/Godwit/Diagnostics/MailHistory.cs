// The last hour and the last day of single queues and destinations, for the most active ones of each. The door out counts here by ActivityBook; MailSampling
// ends each minute. A restart begins with nothing.

namespace Godwit.Diagnostics;

/// <summary>Histories of queues and destinations. Thread safe.</summary>
/// <param name="mostQueues">Histories of queues that are kept.</param>
/// <param name="mostDestinations">The same of destinations.</param>
public sealed class MailHistory(int mostQueues = MailHistory.MostQueues, int mostDestinations = MailHistory.MostDestinations)
{
    /// <summary>Five kilobytes each, made when there is mail for it: ten megabytes. More than anybody looks at one by one.</summary>
    public const int MostQueues = 2_000;

    /// <summary>Likewise.</summary>
    public const int MostDestinations = 2_000;

    private readonly MostActive<QueueName> _queues = new(mostQueues);
    private readonly MostActive<string> _destinations = new(mostDestinations);

    /// <summary>The queues whose histories are kept, the most active first.</summary>
    public IReadOnlyList<QueueName> Queues => _queues.Keys();

    /// <summary>The same of destinations.</summary>
    public IReadOnlyList<string> Destinations => _destinations.Keys();

    /// <summary>Null when nothing is kept of it, and in the server's first minute.</summary>
    public MailStepList? OfQueue(QueueName queue, HistoryRange range) => _queues.Read(queue, range);

    /// <summary>The same of a destination.</summary>
    public MailStepList? OfDestination(string destination, HistoryRange range) => _destinations.Read(destination, range);

    /// <summary>Recipients had their fates.</summary>
    internal void Settled(in SettledRecipients settled)
    {
        _queues.Add(new QueueName(settled.Destination, settled.VirtualMta), settled);
        _destinations.Add(settled.Destination, settled);
    }

    /// <summary>A minute has ended.</summary>
    /// <param name="minute">Its number since 1970.</param>
    internal void EndMinute(int minute, IReadOnlyList<WaitingMail<QueueName>> queues, IReadOnlyList<WaitingMail<string>> destinations)
    {
        _queues.EndMinute(minute, queues);
        _destinations.EndMinute(minute, destinations);
    }
}
