// The reading end of an exported <acct-file>: whole lines behind the durable cursor, file after file, never beyond what the log has synced, and only of files
// that the log has noted as meant for an export: those of a plain file that had the same path are neither read nor deleted. What has arrived whole is
// deleted. Lines that somebody else has taken away, or cut, are passed over and told. Owned by one export and used by one task at a time; Waiting may be
// asked from any thread.
// Reading may run ahead of the cursor: what is read is lost for nobody until Settle says that it has arrived, and Rewind reads it again.

using Godwit.Accounting;
using Godwit.Diagnostics;
using Godwit.Foundation;
using Godwit.Settings;
using Microsoft.Extensions.Logging;

namespace Godwit.Export;

/// <summary>A place between two lines.</summary>
internal readonly record struct StagedPlace(string Name, long Offset);

/// <summary>Reads records that wait. Methods throw <see cref="IOException"/> when the device says no.</summary>
internal sealed class StagedRecords : IDisposable
{
    /// <summary>A header line: some thirty names, and those of a few header fields.</summary>
    private const int MaxHeader = 64 * 1024;

    private readonly IVolume _volume;
    private readonly string _path;
    private readonly AccountingFileNames _names;
    private readonly AccountingFeed _feed;
    private readonly ILogger _log;
    private volatile StagedCursor _cursor = StagedCursor.None;
    private volatile StagedSpans? _spans;
    private bool _isOpen;
    private IVolumeFile? _file;
    private string _name = "";
    private long _offset;
    private long _closedEnd = -1;
    private byte[] _header = [];
    private byte[] _buffer = new byte[16 * 1024];

    public StagedRecords(AccountingFileSettings settings, IVolume volume, AccountingFeed feed, ILogger log)
    {
        (_volume, _path, _feed, _log) = (volume, settings.Path, feed, log);
        _names = new AccountingFileNames(settings.FilePath);
    }

    /// <summary>Set when there may be more to read.</summary>
    public WakeSignal More => _feed.More;

    public StagedCursor Cursor => _cursor;

    /// <summary>Behind what was read.</summary>
    public StagedPlace Place => new(_name, _offset);

    /// <summary>The first line of the file that is being read, with its line end.</summary>
    public ReadOnlySpan<byte> Header => _header;

    /// <summary>Nothing more comes into the file that is being read.</summary>
    public bool IsClosed => _file is not null && _feed.End.Name != _name;

    /// <summary>Octets that have not arrived; what is under way counts. From any thread.</summary>
    public long Waiting
    {
        get
        {
            StagedCursor cursor = _cursor;
            bool any = _names.TryParse(cursor.Name, out AccountingFileStamp done);
            long octets = 0;
            foreach ((string name, AccountingFileStamp stamp) in Files())
            {
                if (any && stamp.CompareTo(done) < 0)
                {
                    continue;
                }

                using IVolumeFile file = _volume.Open(name, create: false);
                octets += Math.Max(0, file.Length - (name == cursor.Name ? cursor.Offset : 0));
            }

            return octets;
        }
    }

    /// <summary>Octets that the device still has room for. From any thread.</summary>
    public long FreeOctets => _volume.FreeBytes;

    /// <summary>Octets of the file being read that can be read now; moves on to the next file when there are none and no more come.</summary>
    public long Available()
    {
        Start();
        while (_file is not null || TryOpenNext())
        {
            DurableEnd end = _feed.End;
            bool isClosed = end.Name != _name;
            long durable = isClosed ? ClosedEnd() : end.Octets;
            ReadHeader(durable);
            if (durable > _offset)
            {
                return durable - _offset;
            }

            if (!isClosed || !TryOpenNext())
            {
                break;
            }
        }

        return 0;
    }

    /// <summary>
    /// Whole lines behind <see cref="Place"/>, of one file: at most so many octets, but one line at least. Empty when there is nothing. Valid until the next
    /// call.
    /// </summary>
    public ReadOnlyMemory<byte> Peek(int most)
    {
        long available = Available();
        int length = (int)Math.Min(available, most);
        while (length > 0)
        {
            if (_buffer.Length < length)
            {
                _buffer = new byte[length];
            }

            int read = _file!.Read(_offset, _buffer.AsSpan(0, length));
            int lineEnd = _buffer.AsSpan(0, read).LastIndexOf((byte)'\n') + 1;
            if (lineEnd > 0 || length >= available)
            {
                return _buffer.AsMemory(0, lineEnd);
            }

            length = (int)Math.Min(available, length * 2L); // A line longer than asked for.
        }

        return default;
    }

    /// <summary>Goes on behind so many octets of what was peeked at.</summary>
    public void Advance(int octets) => _offset += octets;

    /// <summary>Reads again from the cursor.</summary>
    public void Rewind()
    {
        Start();
        CloseFile();
        _name = "";
    }

    /// <summary>Whether the octets of the batch under way are the next to be read; their file may have gone.</summary>
    public bool IsAtBatch => _cursor.BatchOctets > 0 && Available() > 0 && _cursor.Name == _name && _cursor.Offset == _offset;

    /// <summary>Remembers, durably, which octets behind <see cref="Place"/> a batch is made of, before it is sent. All before the place has arrived.</summary>
    public void Hold(int octets, string batchId) => Write(new StagedCursor(_name, _offset, octets, batchId));

    /// <summary>There is no batch under way any more: what it was made of is gone, and its name must not be given to other records.</summary>
    public void Forget()
    {
        if (_cursor.BatchOctets == 0)
        {
            return; // Its file was found to end before it, and the cursor has gone on to the next.
        }

        _log.ExportBatchGone(_path, _cursor.BatchId, _cursor.Name);
        Write(_cursor with { BatchOctets = 0, BatchId = "" });
    }

    /// <summary>Everything before the place has arrived: durable when this returns. Files before it go.</summary>
    public void Settle(StagedPlace place)
    {
        Write(new StagedCursor(place.Name, place.Offset));
        Tidy();
    }

    public void Dispose() => CloseFile();

    private void Write(StagedCursor cursor)
    {
        cursor.Write(_volume, _path);
        _cursor = cursor;
    }

    private void Start()
    {
        if (!_isOpen)
        {
            _spans = StagedSpans.Read(_volume, _path);
            _cursor = StagedCursor.Read(_volume, _path, path => _log.ExportCursorUnreadable(path));
            _isOpen = true;
            Tidy();
        }
    }

    /// <summary>Files for this export by age; the newest that the log knows of is the last.</summary>
    private List<(string Name, AccountingFileStamp Stamp)> Files()
    {
        var files = new List<(string Name, AccountingFileStamp Stamp)>();
        if (!_names.TryParse(_feed.End.Name, out AccountingFileStamp last))
        {
            return files;
        }

        StagedSpans spans = _spans ??= StagedSpans.Read(_volume, _path);
        foreach (string name in _volume.List())
        {
            // One beyond the last is being made right now.
            if (_names.TryParse(name, out AccountingFileStamp stamp) && stamp.CompareTo(last) <= 0 && spans.Contains(_names, stamp))
            {
                files.Add((name, stamp));
            }
        }

        files.Sort(static (a, b) => a.Stamp.CompareTo(b.Stamp));
        return files;
    }

    private bool TryOpenNext()
    {
        string before = _name.Length > 0 ? _name : _cursor.Name;
        bool any = _names.TryParse(before, out AccountingFileStamp stamp);
        foreach ((string name, AccountingFileStamp next) in Files())
        {
            if (any && (next.CompareTo(stamp) < 0 || (next.CompareTo(stamp) == 0 && _name.Length > 0)))
            {
                continue;
            }

            bool isSettled = _name.Length > 0 && _name == _cursor.Name && _offset == _cursor.Offset;
            CloseFile();
            _file = _volume.Open(name, create: false);
            (_name, _offset) = (name, name == _cursor.Name ? _cursor.Offset : 0);
            if (isSettled)
            {
                // The one before is done with: it need not stay until something of this one has arrived.
                Settle(new StagedPlace(name, 0));
            }

            return true;
        }

        return false;
    }

    /// <summary>Where the whole lines of a file end that nothing more comes into. The log leaves none without; who has cut one else is told on.</summary>
    private long ClosedEnd()
    {
        if (_closedEnd >= 0)
        {
            return _closedEnd;
        }

        long length = _file!.Length;
        long end = length;
        var piece = new byte[MaxHeader];
        while (end > 0)
        {
            long from = Math.Max(0, end - piece.Length);
            int lineEnd = piece.AsSpan(0, _file.Read(from, piece.AsSpan(0, (int)(end - from)))).LastIndexOf((byte)'\n') + 1;
            end = from + lineEnd;
            if (lineEnd > 0)
            {
                break;
            }
        }

        if (end < length)
        {
            _log.ExportTailSkipped(Path.Combine(_volume.Path, _name), length - end);
        }

        return _closedEnd = end;
    }

    /// <summary>The header line stands before the records and is none.</summary>
    private void ReadHeader(long durable)
    {
        if (_header.Length > 0 || durable == 0)
        {
            return;
        }

        var octets = new byte[(int)Math.Min(durable, MaxHeader)];
        int length = _file!.Read(0, octets);
        int end = octets.AsSpan(0, length).IndexOf((byte)'\n') + 1;
        _header = octets[..end];
        _offset = Math.Max(_offset, end == 0 ? durable : end); // Without a whole header line there is no record either.
    }

    /// <summary>Deletes what has arrived whole. What cannot be deleted is tried again with the next batch.</summary>
    private void Tidy()
    {
        if (!_names.TryParse(_cursor.Name, out AccountingFileStamp done))
        {
            return;
        }

        foreach ((string name, AccountingFileStamp stamp) in Files())
        {
            if (stamp.CompareTo(done) < 0)
            {
                _volume.Delete(name);
            }
        }
    }

    private void CloseFile()
    {
        _file?.Dispose();
        (_file, _header, _closedEnd) = (null, [], -1);
    }
}
