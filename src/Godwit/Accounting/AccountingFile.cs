// One <acct-file>: lines are collected in memory and go to the disk in groups, each written and synced whole before anybody is told.
// Owned by AccountingLog and used by its committer thread alone. After a failed write or sync the state of the file's end is unknown, so the file is
// cut back to what was synced and the group goes to the next file: a record may be repeated there, never lost or torn.

using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Settings;
using Microsoft.Extensions.Logging;

namespace Godwit.Accounting;

/// <summary>
/// Appends records durably; begins a new file by size, by day and by move-interval. Methods throw <see cref="IOException"/> when the device says no.
/// </summary>
internal sealed partial class AccountingFile
{
    /// <summary>How soon moving and deleting are tried again when the disk refused.</summary>
    private static readonly TimeSpan _roomRetry = TimeSpan.FromMinutes(1);

    /// <summary>Room on a device that refused before it is trusted again: a full group of records fits, so it does not refuse the next one.</summary>
    private const long TrustedRoom = 2 * 1024 * 1024;

    private readonly AccountingLayout _layout;
    private readonly AccountingFileNames _names;
    private readonly Func<string, UnixFileMode, IVolume> _openVolume;
    private readonly IVolume _volume;
    private readonly ServerClock _clock;
    private readonly ILogger _log;
    private readonly AccountingFeed? _feed;
    private readonly CsvBuffer _lines = new();
    private readonly ReadOnlyMemory<byte>[] _parts = new ReadOnlyMemory<byte>[1];

    private IVolumeFile? _file;
    private string _name = "";
    private AccountingFileStamp _stamp = new(DateOnly.MinValue, -1);
    private long _synced;
    private Instant _begun;
    private Instant _roomDue = Instant.Never;
    private long _records;
    private int _unsynced;
    private (string Name, long Records) _last = ("", 0);
    private (string Name, long Length)? _torn;
    private bool _isSucceeded;

    /// <param name="feed">Told how far the records are durable; for files whose records are handed over.</param>
    public AccountingFile(
        AccountingFileSettings settings, Func<string, UnixFileMode, IVolume> openVolume, ServerClock clock, ILogger log, AccountingFeed? feed = null)
    {
        Settings = settings;
        _feed = feed;
        _layout = new AccountingLayout(settings);
        _names = new AccountingFileNames(settings.FilePath);
        _openVolume = openVolume;
        _clock = clock;
        _log = log;
        _volume = openVolume(Path.GetDirectoryName(Path.GetFullPath(settings.Path)) ?? "/", Mode(settings));
        CurrentPath = settings.Path;
        if (_layout.UnknownFields.Count > 0)
        {
            log.AccountingFieldsUnknown(settings.Path, string.Join(", ", _layout.UnknownFields));
        }
    }

    public AccountingFileSettings Settings { get; }

    /// <summary>Where lines go right now; what was written last when the device has failed.</summary>
    public string CurrentPath { get; private set; }

    private bool HasRecords => _synced > _layout.Header.Length;

    /// <summary>Header fields of messages that some column needs.</summary>
    public IReadOnlyList<string> HeaderNames => _layout.HeaderNames;

    public bool Wants(AccountingType type) => _layout.Wants(type);

    public bool Wants(AccountingRecord record) => _layout.Wants(record);

    /// <summary>Mends what a crash left, makes room and begins a new file.</summary>
    public void Begin()
    {
        CutNewest();
        BeginNext();
        MakeRoom();
    }

    public void Append(AccountingRecord record)
    {
        _layout.WriteLine(_lines, record);
        _unsynced++;
    }

    /// <summary>Appends those that the file wants.</summary>
    public void Append(List<AccountingRecord> records)
    {
        foreach (AccountingRecord record in records)
        {
            if (_layout.Wants(record))
            {
                Append(record);
            }
        }
    }

    /// <summary>Forgets what was appended: a record of the group could not be formed.</summary>
    public void Discard()
    {
        _lines.Clear();
        _unsynced = 0;
    }

    /// <summary>Returns when everything appended is on disk. After a throw it is all still held: call again.</summary>
    public void Commit()
    {
        if (_lines.Length == 0)
        {
            return;
        }

        IVolumeFile file = CurrentFile();
        try
        {
            _parts[0] = _lines.Octets;
            file.Write(_synced, _parts);
            file.SyncData();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Abandon();
            throw;
        }

        _synced += _lines.Length;
        _records += _unsynced;
        Discard();
        _feed?.Advance(_name, _synced);
    }

    /// <summary>Whether a device that has refused can be trusted again; throws as <see cref="Commit"/> does when not.</summary>
    public void Probe()
    {
        CurrentFile();
        long free = _volume.FreeBytes;
        if (free < TrustedRoom)
        {
            throw new DiskFullException($"{free / 1024} KiB free, {TrustedRoom / 1024} are needed");
        }
    }

    /// <summary>Does what time asks for: rotation, moving, deleting.</summary>
    public void Tick()
    {
        CurrentFile();
        if (_clock.Now >= _roomDue)
        {
            MakeRoom();
        }
    }

    /// <summary>When <see cref="Tick"/> has something to do.</summary>
    public Instant NextDue()
    {
        Instant midnight = EndOf(_stamp.Day);
        return Instant.Min(_roomDue, Moves ? Instant.Min(midnight, _begun + Settings.MoveInterval) : midnight);
    }

    /// <summary>Finishes the current file if it has records, and begins the next.</summary>
    public void Rotate()
    {
        if (HasRecords)
        {
            Close();
            BeginNext();
            MakeRoom();
        }
    }

    /// <summary>Closes the current file; one without records is deleted. The next record begins another.</summary>
    public void Close()
    {
        if (_file is null)
        {
            return;
        }

        _file.Dispose();
        _file = null;
        _last = (_name, _records);
        if (!HasRecords)
        {
            _volume.Delete(_name);
        }
    }

    /// <summary>
    /// Leaves the directory to another for the same path: nothing is open, and nothing stands behind what was synced. What is finished is the successor's to
    /// move or delete, for the newest file is the successor's own. Should the successor fail, the next record begins a file here.
    /// </summary>
    public void LetGo()
    {
        Close();
        MendTorn();
        _isSucceeded = true;
    }

    /// <summary>Closes the file for good and hands it over.</summary>
    public void Finish()
    {
        Close();
        MendTorn();
        if (!_isSucceeded)
        {
            MakeRoom();
        }
    }

    /// <summary>Whether settings mean the same file with the same columns and rules.</summary>
    public bool IsSame(AccountingFileSettings other) => Settings.IsSameAs(other);

    private bool Moves => Settings.MoveTo.Length > 0 && !Settings.IsExported;

    private static UnixFileMode Mode(AccountingFileSettings settings)
    {
        const UnixFileMode Closed = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
        return settings.WorldReadable ? Closed | UnixFileMode.OtherRead : Closed;
    }

    private static Instant EndOf(DateOnly day) => Instant.FromDateTime(new DateTimeOffset(day.AddDays(1), TimeOnly.MinValue, TimeSpan.Zero));

    private DateOnly Today() => DateOnly.FromDateTime(_clock.Now.ToUtc());

    /// <summary>The file that lines go to now; a new one when the last is full, of yesterday, due to be moved, closed or broken.</summary>
    private IVolumeFile CurrentFile()
    {
        if (_file is null)
        {
            return BeginNext();
        }

        Instant now = _clock.Now;
        bool interval = Moves && now - _begun >= Settings.MoveInterval;
        if (_synced >= Settings.FileSize || Today() > _stamp.Day || (interval && HasRecords))
        {
            Close();
            IVolumeFile next = BeginNext();
            MakeRoom();
            return next;
        }

        if (interval)
        {
            _begun = now; // Nothing to hand over: the interval begins again.
        }

        return _file;
    }

    private IVolumeFile BeginNext()
    {
        MendTorn();
        _isSucceeded = false;
        AccountingFileStamp stamp = NextNoted();
        string name = _names.Format(stamp);
        IVolumeFile file = _volume.Open(name, create: true);
        try
        {
            file.Write(0, [_layout.Header]);
            file.SyncData();
            _volume.SyncDirectory();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            file.Dispose();
            _torn = (name, 0);
            throw;
        }

        (_file, _name, _stamp, _synced, _begun) = (file, name, stamp, _layout.Header.Length, _clock.Now);
        _records = 0;
        CurrentPath = Path.Combine(_volume.Path, name);
        _log.AccountingFileBegun(CurrentPath);
        _feed?.Advance(_name, _synced);
        return file;
    }

    /// <summary>The end of the current file is unknown: remember to cut it, and use it no more.</summary>
    private void Abandon()
    {
        if (_file is not null)
        {
            _torn = (_name, HasRecords ? _synced : 0);
            _file.Dispose();
            _file = null;
        }
    }

    /// <summary>Cuts what <see cref="Abandon"/> left. While the device refuses, nothing new is begun, so no half line is ever left behind.</summary>
    private void MendTorn()
    {
        if (_torn is not var (name, length))
        {
            return;
        }

        if (_volume.List().Contains(name, StringComparer.Ordinal))
        {
            Cut(name, length);
        }

        _torn = null;
    }

    private void CutNewest()
    {
        string? newest = null;
        AccountingFileStamp best = default;
        foreach (string name in _volume.List())
        {
            if (_names.TryParse(name, out AccountingFileStamp stamp) && (newest is null || stamp.CompareTo(best) > 0))
            {
                (newest, best) = (name, stamp);
            }
        }

        if (newest is null)
        {
            return;
        }

        long whole;
        long length;
        using (IVolumeFile file = _volume.Open(newest, create: false))
        {
            length = file.Length;
            whole = AccountingTail.WholeLines(file);
        }

        if (whole < length)
        {
            Cut(newest, whole);
            _log.AccountingTailCut(Path.Combine(_volume.Path, newest), length - whole);
        }
    }

    /// <summary>A file that has no whole line left has no header either and would confuse its readers.</summary>
    private void Cut(string name, long length)
    {
        if (length == 0)
        {
            _volume.Delete(name);
            _volume.SyncDirectory();
            return;
        }

        using IVolumeFile file = _volume.Open(name, create: false);
        file.SetLength(length);
        file.SyncData();
    }
}
