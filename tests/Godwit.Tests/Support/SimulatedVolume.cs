// A disk in memory that behaves as badly as a disk may: what was not synced is lost, kept or torn at a power failure, sector by sector;
// names change for good only with a directory sync; space runs out; a sync fails and takes with it what it should have saved.
// Seeded: the same seed fails in the same way. Used by one test at a time.

using Godwit.Foundation;

namespace Godwit.Tests.Support;

/// <summary>An <see cref="IVolume"/> whose failures a test decides.</summary>
public sealed class SimulatedVolume : IVolume
{
    private const int Sector = 512;

    private readonly Random _random;
    private readonly Dictionary<string, Contents> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Contents> _durableNames = new(StringComparer.Ordinal);
    private readonly List<NameChange> _unsyncedNames = [];
    private readonly Lock _gate = new();
    private bool _isLocked;

    public SimulatedVolume(int seed = 0) => _random = new Random(seed);

    public string Path => "/simulated/spool";

    /// <summary>How many octets all files together may have.</summary>
    public long Budget { get; set; } = long.MaxValue;

    public long FreeBytes => Budget - Used;

    /// <summary>Successful syncs of file contents.</summary>
    public int Syncs { get; private set; }

    public int Writes { get; private set; }

    /// <summary>So many of the next syncs fail.</summary>
    public int FailingSyncs { get; set; }

    /// <summary>After so many more changes the power is gone: everything fails until <see cref="Crash"/>.</summary>
    public int PowerLeft { get; set; } = int.MaxValue;

    private long Used => _names.Values.Distinct().Sum(contents => (long)contents.Length);

    public IReadOnlyList<string> List()
    {
        lock (_gate)
        {
            return [.. _names.Keys];
        }
    }

    public IVolumeFile Open(string name, bool create)
    {
        lock (_gate)
        {
            if (!_names.TryGetValue(name, out Contents? contents))
            {
                if (!create)
                {
                    throw new FileNotFoundException(name);
                }

                Spend();
                contents = new Contents();
                Change(new NameChange(name, name, names => names[name] = contents));
            }

            return new SimulatedFile(this, contents);
        }
    }

    public void Rename(string from, string to)
    {
        lock (_gate)
        {
            Spend();
            if (!_names.TryGetValue(from, out Contents? contents))
            {
                throw new FileNotFoundException(from);
            }

            Change(new NameChange(from, to, names =>
            {
                names.Remove(from);
                names[to] = contents;
            }));
        }
    }

    public void Delete(string name)
    {
        lock (_gate)
        {
            Spend();
            Change(new NameChange(name, name, names => names.Remove(name)));
        }
    }

    public void SyncDirectory()
    {
        lock (_gate)
        {
            Spend();
            foreach (NameChange change in _unsyncedNames)
            {
                change.Apply(_durableNames);
            }

            _unsyncedNames.Clear();
        }
    }

    public IDisposable? TryLock(string name, out string holder)
    {
        holder = _isLocked ? "4711" : "";
        if (_isLocked)
        {
            return null;
        }

        _isLocked = true;
        return new Lease(this);
    }

    /// <summary>The power fails: what is on the disk when the machine is back.</summary>
    public SimulatedVolume Crash()
    {
        var after = new SimulatedVolume(_random.Next()) { Budget = Budget };
        KeepSomeNames();
        foreach ((string name, Contents contents) in _durableNames)
        {
            Contents survived = contents.Survive(_random);
            after._names[name] = survived;
            after._durableNames[name] = survived;
        }

        return after;
    }

    /// <summary>The process is killed, the machine goes on: everything written is there, and still not synced.</summary>
    public SimulatedVolume Kill()
    {
        var after = new SimulatedVolume(_random.Next()) { Budget = Budget };
        foreach ((string name, Contents contents) in _names)
        {
            after._names[name] = contents;
        }

        foreach ((string name, Contents contents) in _durableNames)
        {
            after._durableNames[name] = contents;
        }

        after._unsyncedNames.AddRange(_unsyncedNames);
        return after;
    }

    /// <summary>The octets of a file as a reader sees them, to look at or to damage.</summary>
    public Span<byte> Octets(string name) => _names[name].All;

    /// <summary>Shortens a file as seen and as synced.</summary>
    public void Cut(string name, int length) => _names[name].Cut(length);

    private void Change(NameChange change)
    {
        change.Apply(_names);
        _unsyncedNames.Add(change);
    }

    /// <summary>Changes of names arrive in any order, except that one needs those before it which touched the same names.</summary>
    private void KeepSomeNames()
    {
        var lost = new HashSet<string>(StringComparer.Ordinal);
        foreach (NameChange change in _unsyncedNames)
        {
            if (lost.Contains(change.From) || lost.Contains(change.To) || _random.Next(2) == 0)
            {
                lost.Add(change.From);
                lost.Add(change.To);
            }
            else
            {
                change.Apply(_durableNames);
            }
        }
    }

    private void Spend()
    {
        if (PowerLeft <= 0)
        {
            throw new IOException("no power");
        }

        PowerLeft--;
    }

    private sealed record NameChange(string From, string To, Action<Dictionary<string, Contents>> Apply);

    private sealed class Lease(SimulatedVolume volume) : IDisposable
    {
        public void Dispose() => volume._isLocked = false;
    }

    private sealed class Contents
    {
        private readonly HashSet<int> _dirty = [];
        private byte[] _seen = [];
        private byte[] _durable = [];

        public int Length => _seen.Length;

        public Span<byte> All => _seen;

        public void Grow(int length)
        {
            if (length > _seen.Length)
            {
                Array.Resize(ref _seen, length);
            }
        }

        public void Cut(int length)
        {
            Array.Resize(ref _seen, length);
            Array.Resize(ref _durable, Math.Min(length, _durable.Length));
            _dirty.RemoveWhere(sector => sector * Sector >= length);
        }

        public void Write(int offset, ReadOnlySpan<byte> octets)
        {
            Grow(offset + octets.Length);
            octets.CopyTo(_seen.AsSpan(offset));
            for (int sector = offset / Sector; octets.Length > 0 && sector <= (offset + octets.Length - 1) / Sector; sector++)
            {
                _dirty.Add(sector);
            }
        }

        public void Sync()
        {
            Array.Resize(ref _durable, _seen.Length);
            foreach (int sector in _dirty)
            {
                Copy(sector, _durable);
            }

            _dirty.Clear();
        }

        /// <summary>What Linux does: dirty pages that could not be written count as clean afterwards, although the device lacks them.</summary>
        public void FailSync(Random random)
        {
            Array.Resize(ref _durable, _seen.Length);
            foreach (int sector in _dirty)
            {
                if (random.Next(2) == 0)
                {
                    Copy(sector, _durable);
                }
            }

            _dirty.Clear();
        }

        public Contents Survive(Random random)
        {
            byte[] survived = [.. _durable];
            if (_seen.Length != survived.Length && random.Next(2) == 0)
            {
                Array.Resize(ref survived, _seen.Length);
            }

            foreach (int sector in _dirty)
            {
                if (random.Next(2) == 0)
                {
                    Copy(sector, survived);
                }
            }

            return new Contents { _seen = survived, _durable = [.. survived] };
        }

        private void Copy(int sector, byte[] to)
        {
            int from = sector * Sector;
            int length = Math.Min(Sector, Math.Min(_seen.Length, to.Length) - from);
            if (length > 0)
            {
                _seen.AsSpan(from, length).CopyTo(to.AsSpan(from));
            }
        }
    }

    private sealed class SimulatedFile(SimulatedVolume volume, Contents contents) : IVolumeFile
    {
        public long Length => contents.Length;

        public void Allocate(long length)
        {
            lock (volume._gate)
            {
                volume.Spend();
                Reserve(length);
                contents.Grow((int)length);
            }
        }

        public void SetLength(long length)
        {
            lock (volume._gate)
            {
                volume.Spend();
                Reserve(length);
                if (length < contents.Length)
                {
                    contents.Cut((int)length);
                }

                contents.Grow((int)length);
            }
        }

        public void Write(long offset, IReadOnlyList<ReadOnlyMemory<byte>> parts)
        {
            lock (volume._gate)
            {
                volume.Spend();
                Reserve(offset + parts.Sum(part => part.Length));
                volume.Writes++;
                foreach (ReadOnlyMemory<byte> part in parts)
                {
                    contents.Write((int)offset, part.Span);
                    offset += part.Length;
                }

                if (volume.PowerLeft == 0)
                {
                    throw new IOException("no power");
                }
            }
        }

        public int Read(long offset, Span<byte> buffer)
        {
            lock (volume._gate)
            {
                int length = (int)Math.Clamp(contents.Length - offset, 0, buffer.Length);
                contents.All.Slice((int)Math.Min(offset, contents.Length), length).CopyTo(buffer);
                return length;
            }
        }

        public void SyncData()
        {
            lock (volume._gate)
            {
                volume.Spend();
                if (volume.FailingSyncs > 0)
                {
                    volume.FailingSyncs--;
                    contents.FailSync(volume._random);
                    throw new IOException("input/output error");
                }

                contents.Sync();
                volume.Syncs++;
            }
        }

        public void Dispose()
        {
        }

        private void Reserve(long length)
        {
            if (length > contents.Length && volume.Used + length - contents.Length > volume.Budget)
            {
                throw new DiskFullException("no space left on device");
            }
        }
    }
}
