// Everything that hands accounting records over: one export for each <acct-file> with a command or a URL. Owned by the composition root.
// A reload tries what can fail (files with certificates and header fields) before anything changes; exports whose settings stay the same go on, others end
// and begin anew behind the same cursor. What is no longer configured stays on disk, and is told.

using Godwit.Accounting;
using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Settings;
using Microsoft.Extensions.Logging;

namespace Godwit.Export;

/// <summary>The exports of a server. Thread safe; one change at a time.</summary>
public sealed class RecordExports : IAsyncDisposable
{
    private readonly AccountingLog _accounting;
    private readonly Func<string, string> _read;
    private readonly ServerClock _clock;
    private readonly ILogger _log;
    private volatile IRecordExport[] _running = [];

    /// <param name="read">Gives the text of a file; throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>.</param>
    public RecordExports(AccountingLog accounting, Func<string, string> read, ServerClock clock, ILogger log) =>
        (_accounting, _read, _clock, _log) = (accounting, read, clock, log);

    /// <summary>Records that wait because somebody does not take them; empty while all is well. Looks at the disk for those only.</summary>
    public IReadOnlyList<ExportTrouble> Troubles
    {
        get
        {
            List<ExportTrouble>? troubles = null;
            foreach (IRecordExport export in _running)
            {
                if (export.Trouble is { } trouble)
                {
                    (troubles ??= []).Add(trouble);
                }
            }

            return troubles ?? [];
        }
    }

    /// <summary>Tries a configuration. Throws <see cref="ExportException"/> when a file that it names is no good; nothing has changed then.</summary>
    public IPreparedChange Prepare(IReadOnlyList<AccountingFileSettings> files)
    {
        var next = new List<(AccountingFileSettings Settings, HookTarget? Target)>();
        try
        {
            foreach (AccountingFileSettings settings in files.Where(static file => file.IsExported))
            {
                next.Add((settings, settings.WebhookUrl is null ? null : HookTarget.Open(settings, _read, _clock.Time)));
            }
        }
        catch (ExportException)
        {
            next.ForEach(static one => one.Target?.Dispose());
            throw;
        }

        return new Successor(this, next);
    }

    /// <summary>Within some seconds; what was not handed over stays on disk.</summary>
    public async ValueTask DisposeAsync()
    {
        IRecordExport[] running = _running;
        _running = [];
        await Task.WhenAll(running.Select(static export => export.DisposeAsync().AsTask()));
    }

    private async ValueTask TakeOverAsync(List<(AccountingFileSettings Settings, HookTarget? Target)> next)
    {
        IRecordExport[] before = _running;
        IRecordExport?[] kept = [.. next.Select(one => Array.Find(before, export => IsSame(export.Settings, one.Settings)))];
        IRecordExport[] ending = [.. before.Except(kept.OfType<IRecordExport>())];
        await Task.WhenAll(ending.Select(static export => export.DisposeAsync().AsTask()));
        foreach (IRecordExport gone in ending.Where(export => !next.Exists(one => one.Settings.Path == export.Settings.Path)))
        {
            if (gone.Waiting is > 0 and var octets)
            {
                _log.ExportLeftBehind(NameOf(gone.Settings), AmountText.Of(octets), DirectoryOf(gone.Settings));
            }
        }

        _running = [.. next.Zip(kept, (one, old) => old is null ? Begin(one.Settings, one.Target) : GoOn(old, one.Target))];
    }

    private IRecordExport Begin(AccountingFileSettings settings, HookTarget? target)
    {
        var records = new StagedRecords(settings, new OsVolume(DirectoryOf(settings)), _accounting.FeedOf(settings.Path), _log);
        return target is null ? new PipeExport(settings, records, _clock, _log) : new HookExport(settings, records, target, _clock, _log);
    }

    /// <summary>The same settings, and what their files say may be new: header fields and certificates are those of the last reload.</summary>
    private static IRecordExport GoOn(IRecordExport export, HookTarget? target)
    {
        if (target is not null && export is HookExport hook)
        {
            hook.Use(target);
        }

        export.TryNow();
        return export;
    }

    private static string DirectoryOf(AccountingFileSettings settings) => Path.GetDirectoryName(Path.GetFullPath(settings.Path)) ?? "/";

    private static string NameOf(AccountingFileSettings settings) => settings.Command.Length > 0 ? CommandName.Of(settings.Command) : settings.Path;

    private static bool IsSame(AccountingFileSettings one, AccountingFileSettings other) => one.Path == other.Path && one.IsSameAs(other);

    /// <summary>What is to run.</summary>
    private sealed class Successor(RecordExports owner, List<(AccountingFileSettings Settings, HookTarget? Target)> next) : IPreparedChange
    {
        public ValueTask CommitAsync() => owner.TakeOverAsync(next);

        public ValueTask CancelAsync()
        {
            next.ForEach(static one => one.Target?.Dispose());
            return ValueTask.CompletedTask;
        }
    }
}
