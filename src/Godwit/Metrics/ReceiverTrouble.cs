// Whether a receiver of numbers takes them: an alarm while it does not, and a line in the log where that begins and ends. Any one thread at a time.

using Godwit.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Godwit.Metrics;

/// <summary>The trouble with one receiver.</summary>
/// <param name="name">As the operator knows it.</param>
internal sealed class ReceiverTrouble(string name, Alarms alarms, ILogger log)
{
    private bool _stands;

    public void Begin(string reason)
    {
        alarms.Set(name, $"{name} does not take the numbers of this server: {reason}. Mail is not affected; check the host, or take the block out");
        if (!_stands)
        {
            _stands = true;
            log.StatisticsNotTaken(name, reason);
        }
    }

    public void Over()
    {
        if (_stands)
        {
            End();
            log.StatisticsTakenAgain(name);
        }
    }

    /// <summary>Nobody sends there any more.</summary>
    public void End()
    {
        _stands = false;
        alarms.Clear(name);
    }
}
