// What the system knows of a file beside its octets, without opening it: a pipe that is opened for reading waits for a writer, perhaps for ever.

using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Godwit.Foundation;

/// <summary>Whose a file is, and whether it is an ordinary one.</summary>
/// <param name="IsRegular">No directory, pipe, socket or device.</param>
/// <param name="User">The number of its owner.</param>
/// <param name="Group">The number of its group.</param>
public readonly partial record struct FileOwner(bool IsRegular, uint User, uint Group)
{
    /// <summary>AT_FDCWD of statx(2), which follows links without further flags.</summary>
    private const int WorkingDirectory = -100;

    /// <summary>STATX_TYPE, STATX_UID and STATX_GID.</summary>
    private const uint Wanted = 0x01 | 0x08 | 0x10;

    /// <summary>Octets of a struct statx, which is the same on every architecture.</summary>
    private const int StatSize = 256;

    private const int TypeBits = 0xF000;

    private const int RegularType = 0x8000;

    /// <summary>Null when there is no such file, it may not be looked at, or the system does not say.</summary>
    public static FileOwner? Of(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        Span<byte> found = stackalloc byte[StatSize];
        found.Clear();
        if (Look(WorkingDirectory, path, 0, Wanted, ref MemoryMarshal.GetReference(found)) != 0)
        {
            return null;
        }

        int mode = Number16(found[28..]);
        return new FileOwner((mode & TypeBits) == RegularType, Number32(found[20..]), Number32(found[24..]));
    }

    /// <summary>Gives a file to this owner and group as far as this process may: only root gives files away. False when one of them is another's now.</summary>
    public bool TryGive(string path)
    {
        // The group first: a member may give a file to its group, and nobody but root gives one to a user.
        bool group = Give(path, uint.MaxValue, Group) == 0;
        return Give(path, User, uint.MaxValue) == 0 && group;
    }

    private static int Number16(ReadOnlySpan<byte> at) =>
        BitConverter.IsLittleEndian ? BinaryPrimitives.ReadUInt16LittleEndian(at) : BinaryPrimitives.ReadUInt16BigEndian(at);

    private static uint Number32(ReadOnlySpan<byte> at) =>
        BitConverter.IsLittleEndian ? BinaryPrimitives.ReadUInt32LittleEndian(at) : BinaryPrimitives.ReadUInt32BigEndian(at);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Look(int from, string path, int flags, uint wanted, ref byte found);

    [LibraryImport("libc", EntryPoint = "chown", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Give(string path, uint user, uint group);
}
