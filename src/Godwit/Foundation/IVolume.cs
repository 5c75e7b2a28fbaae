// The opening through which disks enter: a directory of files that are written in place and synced.
// Two implementations: OsVolume (the machine's disk) and the simulated volume of the tests (torn writes, full disk, failing sync, power loss).

namespace Godwit.Foundation;

/// <summary>
/// One directory of plain files. Names have no folders. Every method throws <see cref="IOException"/> when the device says no, <see
/// cref="DiskFullException"/> when it has no room.
/// </summary>
public interface IVolume
{
    /// <summary>Where it is, for messages to the operator.</summary>
    string Path { get; }

    /// <summary>Names of all files, in no order.</summary>
    IReadOnlyList<string> List();

    /// <summary>
    /// Opens a file for reading and writing; with <paramref name="create"/> it is made when missing, else missing throws <see
    /// cref="FileNotFoundException"/>.
    /// </summary>
    IVolumeFile Open(string name, bool create);

    void Rename(string from, string to);

    void Delete(string name);

    /// <summary>Makes creations, renames and deletions durable.</summary>
    void SyncDirectory();

    /// <summary>Bytes that this process may still write.</summary>
    long FreeBytes { get; }

    /// <summary>
    /// Takes the lock of that name for this process, until the result is disposed or the process ends. Null when somebody else holds it;
    /// <paramref name="holder"/> is then that process's id, empty when it cannot be read.
    /// </summary>
    IDisposable? TryLock(string name, out string holder);
}

/// <summary>The device has no room for what was asked. It may have later.</summary>
public sealed class DiskFullException : IOException
{
    public DiskFullException()
    {
    }

    public DiskFullException(string message)
        : base(message)
    {
    }

    public DiskFullException(string message, Exception? inner)
        : base(message, inner)
    {
    }
}

/// <summary>One open file of a volume. Positions are absolute; reads and writes of different ranges may run at the same time.</summary>
public interface IVolumeFile : IDisposable
{
    long Length { get; }

    /// <summary>Reserves space up to <paramref name="length"/> so that later writes need no new blocks. Throws when the disk has not enough.</summary>
    void Allocate(long length);

    void SetLength(long length);

    /// <summary>Writes the parts one behind the other from <paramref name="offset"/> on. Not durable before <see cref="SyncData"/>.</summary>
    void Write(long offset, IReadOnlyList<ReadOnlyMemory<byte>> parts);

    /// <summary>Reads up to the buffer's length; fewer bytes only at the end of the file.</summary>
    int Read(long offset, Span<byte> buffer);

    /// <summary>Returns when everything written is on the device (fdatasync). A throw leaves the state of all unsynced writes unknown.</summary>
    void SyncData();
}
