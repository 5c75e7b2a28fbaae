// Whether one export hands its records over, and since when it does not. Owned by the export; its loop says what happens, anybody may look.

using Godwit.Diagnostics;
using Godwit.Foundation;
using Microsoft.Extensions.Logging;

namespace Godwit.Export;

/// <summary>The state of one export. A trouble is told in the log when it begins and when it is over, not with each try.</summary>
internal sealed class ExportState(string name, StagedRecords records, ServerClock clock, ILogger log)
{
    /// <summary>Below it the operator is told: records that wait need room, and mail stops when accounting has none.</summary>
    private const long ShortOfRoom = 1024L * 1024 * 1024;

    private volatile Held? _held;

    public string Name => name;

    public bool IsHeld => _held is not null;

    /// <summary>What stands in the way, how much waits for it, and whether the disk is running short.</summary>
    public ExportTrouble? Trouble => _held is { } held ? new ExportTrouble(name, held.Since, $"{held.Reason}; {Room()}") : null;

    /// <summary>Octets that have not arrived; 0 when the device does not tell.</summary>
    public long Waiting
    {
        get
        {
            try
            {
                return records.Waiting;
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
            {
                return 0; // Whatever is wrong with the device, accounting says it: it writes there.
            }
        }
    }

    /// <param name="reason">What the other side has done; a new reason in a row replaces the old one.</param>
    public void Hold(string reason)
    {
        bool isNew = _held is null;
        _held = new Held(_held?.Since ?? clock.Now, reason);
        if (isNew)
        {
            long waiting = Waiting;
            log.ExportHeld(name, reason, waiting == 0 ? "what comes is" : $"{AmountText.Of(waiting)} are");
        }
    }

    public void GoOn()
    {
        if (_held is { } held)
        {
            _held = null;
            log.ExportGoesOn(name, AmountText.Of(clock.Now - held.Since));
        }
    }

    private string Room()
    {
        string waiting = $"{AmountText.Of(Waiting)} wait and are handed over later";
        try
        {
            return records.FreeOctets is var free && free < ShortOfRoom
                ? $"{waiting}, and the disk has only {free / (1024 * 1024)} MB left: when it is full, no mail is accepted or delivered"
                : waiting;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return waiting;
        }
    }

    private sealed record Held(Instant Since, string Reason);
}
