// A newer configuration on its way into force, all of it or nothing. What can fail (a port that is taken, a file that cannot be written) is tried while
// the old configuration works; then everything is switched without a step that can fail. Owned by one reload.

using Godwit.Accounting;
using Godwit.Export;
using Godwit.Foundation;

namespace Godwit;

/// <summary>Tries changes one after the other and puts all of them in force together.</summary>
internal sealed class ConfigurationChange
{
    private readonly List<IPreparedChange> _prepared = [];

    /// <summary>What stood in the way; empty while nothing did.</summary>
    public string Obstacle { get; private set; } = "";

    /// <summary>Tries one change. Once something stands in the way, nothing more is tried.</summary>
    /// <param name="prepare">Gives null when it has taken effect at once: only the last one may.</param>
    public async Task TryAsync(Func<Task<IPreparedChange?>> prepare)
    {
        if (Obstacle.Length > 0)
        {
            return;
        }

        try
        {
            if (await prepare() is { } change)
            {
                _prepared.Add(change);
            }
        }
        catch (Exception refused) when (refused is PortUnavailableException or AccountingException or ExportException or IOException
            or UnauthorizedAccessException or OperationCanceledException)
        {
            Obstacle = refused is OperationCanceledException ? "the server is stopping" : refused.Message;
        }
        catch (Exception)
        {
            // A fault of ours: what was tried must not stay half open behind it, or nothing could be changed or closed any more.
            await CancelAsync();
            throw;
        }
    }

    /// <summary>Puts everything in force.</summary>
    public async Task CommitAsync()
    {
        foreach (IPreparedChange change in _prepared)
        {
            await change.CommitAsync();
        }
    }

    /// <summary>Takes everything back.</summary>
    public async Task CancelAsync()
    {
        foreach (IPreparedChange change in _prepared)
        {
            await change.CancelAsync();
        }

        _prepared.Clear();
    }
}
