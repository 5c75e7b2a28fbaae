// The standard input of a program that is fed for as long as it runs: writes never block, and what the program has not read can be counted. Owned by
// whoever feeds; not thread safe. .NET's pipe streams can do neither, hence the system's own calls.

using System.IO.Pipes;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Godwit.Foundation;

/// <summary>One pipe to one program. Linux only.</summary>
public sealed partial class ProgramInput : IDisposable
{
    /// <summary>F_SETFL, and O_WRONLY with O_NONBLOCK, of fcntl.h.</summary>
    private const int SetFlags = 4;
    private const int WriteNonBlocking = 0x1 | 0x800;

    /// <summary>FIONREAD of asm-generic/ioctls.h.</summary>
    private const nuint CountUnread = 0x541B;

    /// <summary>errno: interrupted; full.</summary>
    private const int Interrupted = 4;
    private const int WouldBlock = 11;

    private readonly AnonymousPipeServerStream _pipe;

    private ProgramInput(AnonymousPipeServerStream pipe) => _pipe = pipe;

    /// <summary>Octets that were written and not read yet; 0 when the system does not tell.</summary>
    public int Unread => CountOctets(_pipe.SafePipeHandle, CountUnread, out int octets) == 0 ? octets : 0;

    /// <summary>Starts a program that reads from the pipe. Throws as <see cref="ChildProgram.Start"/> does.</summary>
    public static ChildProgram Start(string path, IReadOnlyList<string> arguments, IReadOnlyList<string> environment, out ProgramInput input)
    {
        var pipe = new AnonymousPipeServerStream(PipeDirection.Out, HandleInheritability.None);
        try
        {
            using var reading = new SafeFileHandle(pipe.ClientSafePipeHandle.DangerousGetHandle(), ownsHandle: false);
            ChildProgram program = ChildProgram.Start(path, arguments, environment, reading);

            // With another reading end open, here of all places, nobody would notice that the program has gone.
            pipe.DisposeLocalCopyOfClientHandle();
            if (SetDescriptorFlags(pipe.SafePipeHandle, SetFlags, WriteNonBlocking) != 0)
            {
                program.Dispose();
                throw new IOException($"cannot write to {path}: {Marshal.GetLastPInvokeErrorMessage()}");
            }

            input = new ProgramInput(pipe);
            return program;
        }
        catch
        {
            pipe.Dispose();
            throw;
        }
    }

    /// <summary>Writes what there is room for; 0 when there is none. Throws <see cref="IOException"/> when the program reads no more.</summary>
    public int TryWrite(ReadOnlySpan<byte> octets)
    {
        while (true)
        {
            nint written = WriteOctets(_pipe.SafePipeHandle, octets, (nuint)octets.Length);
            if (written >= 0)
            {
                return (int)written;
            }

            int error = Marshal.GetLastPInvokeError();
            if (error == WouldBlock)
            {
                return 0;
            }

            if (error != Interrupted)
            {
                throw new IOException(Marshal.GetPInvokeErrorMessage(error));
            }
        }
    }

    /// <summary>The program finds the end of its input.</summary>
    public void Dispose() => _pipe.Dispose();

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int SetDescriptorFlags(SafePipeHandle descriptor, int command, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int CountOctets(SafePipeHandle descriptor, nuint request, out int octets);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint WriteOctets(SafePipeHandle descriptor, ReadOnlySpan<byte> octets, nuint length);
}
