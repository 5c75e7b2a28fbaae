// Looks at the end of each minute at what waits in the queues and for the destinations whose histories are kept, and at no other. Owned by the composition
// root; one timer, which asks each second whether a minute of the clock has ended: one that beats by minutes would drift away from it.

using Godwit.Foundation;
using Microsoft.Extensions.Logging;

namespace Godwit.Diagnostics;

/// <summary>Ends the minutes of a <see cref="MailHistory"/>. Dispose ends the sampling.</summary>
public sealed class MailSampling : IDisposable
{
    private static readonly TimeSpan _second = TimeSpan.FromSeconds(1);

    private readonly MailHistory _history;
    private readonly Func<IReadOnlyList<QueueName>, IReadOnlyList<WaitingMail<QueueName>>> _queues;
    private readonly Func<IReadOnlyList<string>, IReadOnlyList<WaitingMail<string>>> _destinations;
    private readonly ServerClock _clock;
    private readonly ILogger _log;
    private readonly ITimer _timer;
    private int _running;
    private int _isSampling;
    private bool _hasBroken;

    /// <summary>Begins to sample.</summary>
    /// <param name="queues">What waits in some queues; those that it leaves out are not sampled.</param>
    /// <param name="destinations">The same for destinations, the most active of which are named first.</param>
    public MailSampling(
        MailHistory history, Func<IReadOnlyList<QueueName>, IReadOnlyList<WaitingMail<QueueName>>> queues,
        Func<IReadOnlyList<string>, IReadOnlyList<WaitingMail<string>>> destinations, ServerClock clock, ILogger log)
    {
        (_history, _queues, _destinations, _clock, _log) = (history, queues, destinations, clock, log);
        _running = Minute;
        _timer = clock.Time.CreateTimer(static state => ((MailSampling)state!).Look(), this, _second, _second);
    }

    private int Minute => MostActive<string>.MinuteOf(_clock.Now);

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        int minute = Minute;
        if (minute == _running || Interlocked.Exchange(ref _isSampling, 1) != 0)
        {
            return; // The minute still runs; or on a machine without time the look at the last one does.
        }

        _running = minute;
        try
        {
            _history.EndMinute(minute - 1, _queues(_history.Queues), _destinations(_history.Destinations));
        }
        catch (Exception failure)
        {
            // On a timer's thread it would end the server. Once: what breaks here breaks each minute.
            if (!_hasBroken)
            {
                _hasBroken = true;
                _log.SamplingBroke("minute", failure);
            }
        }
        finally
        {
            Volatile.Write(ref _isSampling, 0);
        }
    }
}
