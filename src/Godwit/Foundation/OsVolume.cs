// The machine's disk behind IVolume. fdatasync by P/Invoke on Linux: FlushToDisk is fsync, which also waits for time stamps.
// Every error of the system leaves as an IOException.

using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Godwit.Foundation;

/// <summary>A directory on the machine's disk.</summary>
public sealed partial class OsVolume : IVolume
{
    /// <summary>errno 28 ENOSPC and 122 EDQUOT: .NET hands them on as the HResult.</summary>
    private const int NoSpace = 28;
    private const int QuotaExceeded = 122;

    /// <summary>errno 11 EWOULDBLOCK and Windows' sharing violation: somebody else holds the lock.</summary>
    private const int WouldBlock = 11;
    private const int SharingViolation = unchecked((int)0x80070020);

    /// <summary>The longest process id that a lock file can hold.</summary>
    private const int MaxHolderOctets = 32;

    private readonly UnixFileMode? _fileMode;

    /// <param name="fileMode">
    /// Permissions of the files here, whatever the process's umask says: what is created has exactly these from its first moment, what is opened again
    /// gets them. Null leaves them to the system.
    /// </param>
    public OsVolume(string path, UnixFileMode? fileMode = null)
    {
        Path = System.IO.Path.GetFullPath(path);
        _fileMode = fileMode;
    }

    public string Path { get; }

    public long FreeBytes => new DriveInfo(Path).AvailableFreeSpace;

    public IReadOnlyList<string> List()
    {
        try
        {
            return [.. Directory.EnumerateFiles(Path).Select(file => System.IO.Path.GetFileName(file))];
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new IOException(denied.Message, denied);
        }
    }

    public IVolumeFile Open(string name, bool create) => new OsFile(OpenHandle(name, create, FileShare.ReadWrite | FileShare.Delete));

    public void Rename(string from, string to)
    {
        try
        {
            File.Move(Full(from), Full(to), overwrite: true);
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new IOException(denied.Message, denied);
        }
    }

    public void Delete(string name)
    {
        try
        {
            File.Delete(Full(name));
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new IOException(denied.Message, denied);
        }
    }

    public void SyncDirectory()
    {
        if (!OperatingSystem.IsLinux())
        {
            return; // Other systems make directory changes durable with the file.
        }

        using SafeFileHandle handle = OpenDescriptor(Path);
        if (SyncAll(handle) != 0)
        {
            throw new IOException($"cannot sync directory {Path}: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    /// <summary>FileShare.None is flock(LOCK_EX) on Unix: the system frees it when the process ends, however it ends.</summary>
    public IDisposable? TryLock(string name, out string holder)
    {
        holder = "";
        try
        {
            SafeFileHandle handle = OpenHandle(name, create: true, FileShare.None);
            byte[] mine = Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            RandomAccess.SetLength(handle, 0);
            RandomAccess.Write(handle, mine, 0);
            return handle;
        }
        catch (IOException held) when (held.HResult is WouldBlock or SharingViolation)
        {
            holder = ReadHolder(name);
            return null;
        }
    }

    private SafeFileHandle OpenHandle(string name, bool create, FileShare share)
    {
        try
        {
            if (create && _fileMode is UnixFileMode mode && !OperatingSystem.IsWindows() && !File.Exists(Full(name)))
            {
                // Born closed: between a creation under a lax umask and a change of mode another user could open it.
                new FileStream(Full(name), new FileStreamOptions
                {
                    Mode = FileMode.OpenOrCreate,
                    Access = FileAccess.ReadWrite,
                    Share = FileShare.ReadWrite | FileShare.Delete,
                    UnixCreateMode = mode,
                }).Dispose();
            }

            SafeFileHandle handle = File.OpenHandle(Full(name), create ? FileMode.OpenOrCreate : FileMode.Open, FileAccess.ReadWrite, share);
            SetMode(handle, name);
            return handle;
        }
        catch (UnauthorizedAccessException denied)
        {
            throw new IOException(denied.Message, denied);
        }
    }

    private void SetMode(SafeFileHandle handle, string name)
    {
        if (_fileMode is not UnixFileMode mode || OperatingSystem.IsWindows() || File.GetUnixFileMode(handle) == mode)
        {
            return;
        }

        try
        {
            File.SetUnixFileMode(handle, mode);
        }
        catch (UnauthorizedAccessException denied)
        {
            handle.Dispose();
            throw new IOException($"{Full(name)} belongs to another user, so its permissions cannot be set: chown it to the user that runs godwitd", denied);
        }
    }

    /// <summary>Reads past the lock: .NET itself would ask for a share of it.</summary>
    private string ReadHolder(string name)
    {
        if (!OperatingSystem.IsLinux())
        {
            return "";
        }

        using SafeFileHandle handle = OpenDescriptor(Full(name));
        Span<byte> octets = stackalloc byte[MaxHolderOctets];
        int length = RandomAccess.Read(handle, octets, 0);
        return Encoding.ASCII.GetString(octets[..length]);
    }

    /// <summary>A descriptor from the system itself: .NET refuses to open a directory as a file, and takes a lock on every file.</summary>
    private static SafeFileHandle OpenDescriptor(string path)
    {
        const int ReadOnlyCloseOnExec = 0x80000;
        int descriptor = OpenPath(path, ReadOnlyCloseOnExec);
        return descriptor >= 0
            ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw new IOException($"cannot open {path}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    private string Full(string name) => System.IO.Path.Combine(Path, name);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenPath(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int SyncAll(SafeFileHandle handle);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int SyncDataOnly(SafeFileHandle handle);

    [LibraryImport("libc", EntryPoint = "posix_fallocate", SetLastError = false)]
    private static partial int Reserve(SafeFileHandle handle, long offset, long length);

    private sealed class OsFile(SafeFileHandle handle) : IVolumeFile
    {
        public long Length => RandomAccess.GetLength(handle);

        public void Allocate(long length)
        {
            if (!OperatingSystem.IsLinux())
            {
                RandomAccess.SetLength(handle, Math.Max(length, Length));
                return;
            }

            int error = Reserve(handle, 0, length);
            if (error != 0)
            {
                string message = $"cannot reserve {length} bytes: {Marshal.GetPInvokeErrorMessage(error)}";
                throw error is NoSpace or QuotaExceeded ? new DiskFullException(message) : new IOException(message);
            }
        }

        public void SetLength(long length) => RandomAccess.SetLength(handle, length);

        public void Write(long offset, IReadOnlyList<ReadOnlyMemory<byte>> parts)
        {
            try
            {
                if (parts.Count == 1)
                {
                    RandomAccess.Write(handle, parts[0].Span, offset);
                    return;
                }

                RandomAccess.Write(handle, parts, offset);
            }
            catch (IOException full) when (full.HResult is NoSpace or QuotaExceeded)
            {
                throw new DiskFullException(full.Message, full);
            }
        }

        public int Read(long offset, Span<byte> buffer)
        {
            int total = 0;
            while (total < buffer.Length)
            {
                int read = RandomAccess.Read(handle, buffer[total..], offset + total);
                if (read == 0)
                {
                    break;
                }

                total += read;
            }

            return total;
        }

        public void SyncData()
        {
            if (!OperatingSystem.IsLinux())
            {
                RandomAccess.FlushToDisk(handle);
                return;
            }

            if (SyncDataOnly(handle) != 0)
            {
                throw new IOException($"fdatasync failed: {Marshal.GetLastPInvokeErrorMessage()}");
            }
        }

        public void Dispose() => handle.Dispose();
    }
}
