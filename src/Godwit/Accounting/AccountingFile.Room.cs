// The names of new files, and what becomes of finished ones: moved, deleted when they are old, or left to whoever hands their records over.

using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Settings;
using Microsoft.Extensions.Logging;

namespace Godwit.Accounting;

internal sealed partial class AccountingFile
{
    /// <summary>One above every number of the day, here and where finished files are moved to: a name is used once.</summary>
    private AccountingFileStamp NextFree()
    {
        DateOnly today = Today();
        int highest = _stamp.Day == today ? _stamp.Number : -1;
        foreach (string name in FilesHereAndMoved())
        {
            if (_names.TryParse(name, out AccountingFileStamp stamp) && stamp.Day == today)
            {
                highest = Math.Max(highest, stamp.Number);
            }
        }

        return new AccountingFileStamp(today, highest + 1);
    }

    private IEnumerable<string> FilesHereAndMoved() =>
        Moves ? _volume.List().Concat(_openVolume(Settings.MoveTo, Mode(Settings)).List()) : _volume.List();

    /// <summary>Moves finished files away, or deletes old ones. Trouble here stops no record: it is said and tried again.</summary>
    private void MakeRoom()
    {
        _roomDue = Instant.Never;
        if (Settings.IsExported)
        {
            return; // Whoever hands the records over deletes them.
        }

        try
        {
            bool moved = false;
            Func<string, AccountingFileStamp, bool> isOwed = Owed();
            foreach (string name in _volume.List())
            {
                if (!_names.TryParse(name, out AccountingFileStamp stamp) || (_file is not null && name == _name) || name == _torn?.Name
                    || isOwed(name, stamp))
                {
                    continue;
                }

                moved |= Moves && TryMove(name, stamp);
                if (!Moves && IsOld(stamp))
                {
                    _volume.Delete(name);
                    _log.AccountingFileDeleted(Path.Combine(_volume.Path, name));
                }
            }

            if (moved)
            {
                _openVolume(Settings.MoveTo, Mode(Settings)).SyncDirectory();
                _volume.SyncDirectory();
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _roomDue = _clock.Now + _roomRetry;
            _log.AccountingRoomFailed(CurrentPath, error);
        }
    }

    private bool TryMove(string name, AccountingFileStamp stamp)
    {
        string target = Path.Combine(Settings.MoveTo, name);
        try
        {
            if (Settings.CountMovedRecords)
            {
                target = Path.Combine(Settings.MoveTo, _names.Format(stamp, name == _last.Name ? _last.Records : CountRecords(name)));
            }

            File.Move(Path.Combine(_volume.Path, name), target, overwrite: false);
            return true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _roomDue = _clock.Now + _roomRetry;
            _log.AccountingMoveFailed(Path.Combine(_volume.Path, name), target, error);
            return false;
        }
    }

    /// <summary>Lines behind the header: of a file that another run has left.</summary>
    private long CountRecords(string name)
    {
        using IVolumeFile file = _volume.Open(name, create: false);
        var buffer = new byte[256 * 1024];
        long lines = 0;
        long position = 0;
        for (int read = file.Read(0, buffer); read > 0; read = file.Read(position, buffer))
        {
            lines += buffer.AsSpan(0, read).Count((byte)'\n');
            position += read;
        }

        return Math.Max(0, lines - 1);
    }

    /// <summary>The age counts from the end of the file's day: its last record is at most so old.</summary>
    private bool IsOld(AccountingFileStamp stamp) =>
        Settings.DeleteAfter != Timeout.InfiniteTimeSpan
        && EndOf(stamp.Day) + Settings.DeleteAfter <= _clock.Now;
}
