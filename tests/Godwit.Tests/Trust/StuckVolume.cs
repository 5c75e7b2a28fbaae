// A volume whose device takes as long to write as a test wishes. Owned by one test; thread safe.

using Godwit.Foundation;
using Godwit.Tests.Accounting;

namespace Godwit.Tests.Trust;

/// <summary>Holds every write up until it is let go.</summary>
internal sealed class StuckVolume(MemoryVolume inner) : IVolume, IDisposable
{
    private readonly ManualResetEventSlim _gate = new();
    private readonly TaskCompletionSource _writing = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when somebody is stuck in a write.</summary>
    public Task Writing => _writing.Task;

    public string Path => inner.Path;

    public long FreeBytes => inner.FreeBytes;

    /// <summary>The device works again.</summary>
    public void LetGo() => _gate.Set();

    public IReadOnlyList<string> List() => inner.List();

    public IVolumeFile Open(string name, bool create) => new StuckFile(this, inner.Open(name, create));

    public void Rename(string from, string to) => inner.Rename(from, to);

    public void Delete(string name) => inner.Delete(name);

    public void SyncDirectory() => inner.SyncDirectory();

    public IDisposable? TryLock(string name, out string holder) => inner.TryLock(name, out holder);

    public void Dispose() => _gate.Dispose();

    private void Wait()
    {
        _writing.TrySetResult();
        _gate.Wait();
    }

    private sealed class StuckFile(StuckVolume volume, IVolumeFile inner) : IVolumeFile
    {
        public long Length => inner.Length;

        public void Allocate(long length) => inner.Allocate(length);

        public void SetLength(long length) => inner.SetLength(length);

        public void Write(long offset, IReadOnlyList<ReadOnlyMemory<byte>> parts)
        {
            volume.Wait();
            inner.Write(offset, parts);
        }

        public int Read(long offset, Span<byte> buffer) => inner.Read(offset, buffer);

        public void SyncData() => inner.SyncData();

        public void Dispose() => inner.Dispose();
    }
}
