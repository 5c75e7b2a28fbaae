// A reload's view of the log: another file, other habits. The new file is open before anything changes; the last line of the old one says where to read on.

using Godwit.Foundation;
using Microsoft.Extensions.Logging;

namespace Godwit.Diagnostics;

public sealed partial class LogFile
{
    /// <summary>
    /// Tries the settings of a reload: <c>log-file</c>, <c>log-rotate</c>, <c>log-auto-rotation</c>, <c>log-file-world-readable</c>,
    /// <c>log-format</c>. Throws
    /// <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/> when the file cannot be written.
    /// </summary>
    /// <param name="path">As for a new log: empty is standard error.</param>
    /// <param name="keep">Likewise.</param>
    public IPreparedChange Prepare(string path, int keep, bool rotatesAtMidnight, bool worldReadable, bool asJson = false)
    {
        bool elsewhere = path != _path && path.Length > 0;
        bool isNew = elsewhere && !File.Exists(path);
        return new Successor(this, path, keep, rotatesAtMidnight, worldReadable, asJson) { File = elsewhere ? Open(path, worldReadable) : null, IsNew = isNew };
    }

    /// <summary>On the writer's task: everything said before is in the old file, which is closed.</summary>
    private void TakeOver(Successor next)
    {
        (_path, _keep, _rotatesAtMidnight, _file) = (next.Path, next.Keep, next.RotatesAtMidnight, next.File);
        _octets = _file?.BaseStream.Length ?? 0;
        _asJson = next.AsJson;
        if (_worldReadable != next.WorldReadable)
        {
            _worldReadable = next.WorldReadable;
            Guard(() =>
            {
                if (!OperatingSystem.IsWindows() && _path.Length > 0 && File.Exists(_path))
                {
                    File.SetUnixFileMode(_path, Mode(_worldReadable));
                }
            });
        }
    }

    /// <summary>What the log is to become.</summary>
    private sealed record Successor(LogFile Owner, string Path, int Keep, bool RotatesAtMidnight, bool WorldReadable, bool AsJson) : IPreparedChange
    {
        /// <summary>Open already; null when the path stays, or is standard error.</summary>
        public StreamWriter? File { get; init; }

        /// <summary>It was made for this change.</summary>
        public bool IsNew { get; init; }

        public async ValueTask CommitAsync()
        {
            if (Path != Owner._path)
            {
                Owner.CreateLogger("").LogGoesOn(Path.Length == 0 ? "standard error" : Path);
            }

            await Owner.AskAsync(Request.Switch, this);
        }

        public ValueTask CancelAsync()
        {
            File?.Dispose();
            if (IsNew)
            {
                System.IO.File.Delete(Path);
            }

            return ValueTask.CompletedTask;
        }
    }
}
