// The marks of a batch on their way into the spool. The records are out already, and a recipient that is not marked would be delivered again after a
// restart: so a spool that refuses is tried until it takes them, or until settlement is told to give up. Owned by Settlement's loop.

using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Spool;
using Microsoft.Extensions.Logging;

namespace Godwit.Disposition;

/// <summary>Makes marks durable. Not thread safe.</summary>
internal sealed class SpoolMarks(SettlementSteps steps, ServerClock clock, ILogger log)
{
    private static readonly TimeSpan _firstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _longestPause = TimeSpan.FromSeconds(30);

    /// <summary>Reused from batch to batch.</summary>
    private readonly List<SpoolMark> _marks = [];

    /// <summary>Returns when the marks of all moves are durable. Throws <see cref="OperationCanceledException"/> when told to give up.</summary>
    public async ValueTask WriteAsync(IReadOnlyList<RecipientMove> moves, CancellationToken giveUp)
    {
        if (moves.Count == 0)
        {
            return;
        }

        _marks.Clear();
        for (int i = 0; i < moves.Count; i++)
        {
            _marks.Add(moves[i].Mark);
        }

        TimeSpan pause = _firstPause;
        for (int failures = 0; !await TryAsync(failures, pause); failures++)
        {
            await Task.Delay(pause, clock.Time, giveUp);
            pause = pause * 2 < _longestPause ? pause * 2 : _longestPause;
        }
    }

    private async ValueTask<bool> TryAsync(int failures, TimeSpan pause)
    {
        try
        {
            await steps.Mark(_marks);
        }
        catch (SpoolException error)
        {
            log.SpoolMarksFailed(_marks.Count, pause, error);
            return false;
        }

        if (failures > 0)
        {
            log.SpoolMarksRecovered(_marks.Count, failures);
        }

        return true;
    }
}
