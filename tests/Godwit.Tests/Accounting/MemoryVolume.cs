// A disk in memory that can refuse to write or to sync, and can lose what was not synced.

using Godwit.Foundation;

namespace Godwit.Tests.Accounting;

internal sealed class MemoryVolume(string path) : IVolume
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, MemoryFile> _files = [];

    public string Path => path;

    public bool FailWrites { get; set; }

    public bool FailSyncs { get; set; }

    /// <summary>Octets of a write that still reach the file before it fails.</summary>
    public int TornOctets { get; set; }

    public int Syncs;

    public long FreeBytes { get; set; } = long.MaxValue;

    public IDisposable? TryLock(string name, out string holder) => throw new NotSupportedException("accounting takes no locks");

    public IReadOnlyList<string> List()
    {
        lock (_lock)
        {
            return [.. _files.Keys];
        }
    }

    public IVolumeFile Open(string name, bool create)
    {
        lock (_lock)
        {
            if (!_files.TryGetValue(name, out MemoryFile? file))
            {
                file = create ? _files[name] = new MemoryFile(this) : throw new FileNotFoundException(name);
            }

            return file;
        }
    }

    public void Rename(string from, string to)
    {
        lock (_lock)
        {
            _files[to] = _files[from];
            _files.Remove(from);
        }
    }

    public void Delete(string name)
    {
        lock (_lock)
        {
            _files.Remove(name);
        }
    }

    public void SyncDirectory()
    {
    }

    public string Text(string name)
    {
        lock (_lock)
        {
            return System.Text.Encoding.UTF8.GetString(_files[name].Octets.ToArray());
        }
    }

    public void Put(string name, string text)
    {
        lock (_lock)
        {
            _files[name] = new MemoryFile(this) { Octets = [.. System.Text.Encoding.UTF8.GetBytes(text)] };
        }
    }

    private sealed class MemoryFile(MemoryVolume volume) : IVolumeFile
    {
        public List<byte> Octets = [];

        public long Length => Octets.Count;

        public void Allocate(long length)
        {
        }

        public void SetLength(long length)
        {
            ThrowIf(volume.FailWrites);
            Octets.RemoveRange((int)length, Octets.Count - (int)length);
        }

        public void Write(long offset, IReadOnlyList<ReadOnlyMemory<byte>> parts)
        {
            lock (volume._lock)
            {
                byte[] all = [.. parts.SelectMany(part => part.ToArray())];
                int kept = volume.FailWrites ? Math.Min(volume.TornOctets, all.Length) : all.Length;
                Octets.RemoveRange((int)offset, Octets.Count - (int)offset);
                Octets.AddRange(all[..kept]);
            }

            ThrowIf(volume.FailWrites);
        }

        public int Read(long offset, Span<byte> buffer)
        {
            ReadOnlySpan<byte> rest = Octets.ToArray().AsSpan((int)offset);
            int count = Math.Min(rest.Length, buffer.Length);
            rest[..count].CopyTo(buffer);
            return count;
        }

        public void SyncData()
        {
            Interlocked.Increment(ref volume.Syncs);
            ThrowIf(volume.FailSyncs);
        }

        public void Dispose()
        {
        }

        private static void ThrowIf(bool failing)
        {
            if (failing)
            {
                throw new IOException("no space left on device");
            }
        }
    }
}
