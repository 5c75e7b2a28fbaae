// The last hour of one queue or destination in minutes, the last day in tens of minutes. Owned by MostActive and used under its lock. Five kilobytes, made
// once: what takes another's place takes its memory.

using Godwit.Foundation;

namespace Godwit.Diagnostics;

/// <summary>Steps of one queue or destination.</summary>
internal sealed class MailSteps
{
    public const int Minutes = 60;

    /// <summary>A day.</summary>
    public const int Tens = 144;

    /// <summary>Of the activity, what a minute later is left: half of it after six and a half minutes.</summary>
    private const double KeptAMinute = 0.9;

    private readonly MailStep[] _minutes = new MailStep[Minutes];
    private readonly MailStep[] _tens = new MailStep[Tens];
    private int _firstMinute;
    private int _firstTen;
    private MailStep _running;
    private bool _isNew;

    /// <summary>Settled recipients, those of long ago less: ten times what a minute brings where each brings the same.</summary>
    public double Activity { get; private set; }

    /// <summary>Forgets all and begins.</summary>
    /// <param name="minute">The first that is counted.</param>
    /// <param name="before">What the minute before it brought, which is not told; 0 where nothing was before.</param>
    public void Begin(int minute, int before)
    {
        Array.Clear(_minutes);
        Array.Clear(_tens);
        Activity = before / (1 - KeptAMinute);
        _running = Nothing;
        _isNew = before == 0;

        // Of a ten that began before this nobody knows the whole.
        (_firstMinute, _firstTen) = (minute, _isNew ? minute / 10 : (minute + 9) / 10);
    }

    public void Add(in SettledRecipients settled) => _running = _running with
    {
        Delivered = _running.Delivered + settled.Delivered,
        Deferred = _running.Deferred + settled.Deferred,
        Bounced = _running.Bounced + settled.Bounced,
    };

    /// <summary>What stands at the end of the running minute.</summary>
    public void Sample(long queued, int connections) =>
        _running = _running with { Queued = (int)Math.Min(queued, int.MaxValue), Connections = connections };

    /// <summary>The running minute has ended; minutes that nobody has ended before are among it.</summary>
    public void End(int minute)
    {
        int brought = _running.Delivered + _running.Deferred + _running.Bounced;
        Activity = _isNew ? brought / (1 - KeptAMinute) : (Activity * KeptAMinute) + brought;
        _isNew = false;
        _minutes[minute % Minutes] = _running with { Number = minute };
        int number = minute / 10;
        ref MailStep ten = ref _tens[number % Tens];
        ten = ten.Number != number ? _running with { Number = number } : new MailStep(
            number, ten.Delivered + _running.Delivered, ten.Deferred + _running.Deferred, ten.Bounced + _running.Bounced, _running.Queued,
            _running.Connections);
        _running = Nothing;
    }

    /// <summary>The steps up to the last minute that has ended; the last of the tens is the last that is whole.</summary>
    public MailStepList Read(HistoryRange range, int lastMinute)
    {
        bool isHour = range == HistoryRange.Hour;
        (MailStep[] ring, int first, int last, TimeSpan step) = isHour
            ? (_minutes, _firstMinute, lastMinute, TimeSpan.FromMinutes(1))
            : (_tens, _firstTen, ((lastMinute + 1) / 10) - 1, TimeSpan.FromMinutes(10));
        var steps = new MailStep?[ring.Length];
        for (int i = 0; i < steps.Length; i++)
        {
            int number = last - steps.Length + 1 + i;
            MailStep found = ring[number % ring.Length];
            steps[i] = found.Number == number && number >= first ? found : null;
        }

        return new MailStepList(step, new Instant((last - steps.Length + 2) * step.Ticks), steps);
    }

    private static MailStep Nothing => new(0, 0, 0, 0, MailStep.NotSampled, MailStep.NotSampled);
}
