// A program that runs beside the server for a moment: started without a shell, in a process group of its own, with an environment that is written out.
// Owned by whoever started it. Promises: no open file of the server reaches it but the three it is given; KillGroup never meets a stranger, because an id
// is not signalled once its process has been waited for. .NET's Process can make no group, hence posix_spawn.

using System.Runtime.InteropServices;
using System.IO.Pipes;
using Microsoft.Win32.SafeHandles;

namespace Godwit.Foundation;

/// <summary>How a program ended: its exit code, or the signal that ended it when that is not 0; a code of -1 is not known.</summary>
public readonly record struct ProgramEnd(int Code, int Signal);

/// <summary>One run of a program. Thread safe.</summary>
public sealed partial class ChildProgram : IDisposable
{
    /// <summary>POSIX_SPAWN_SETPGROUP, _SETSIGDEF and _SETSIGMASK of spawn.h.</summary>
    private const short OwnGroupAndDefaultSignals = 0x02 | 0x04 | 0x08;

    /// <summary>SIGKILL.</summary>
    private const int Kill = 9;

    /// <summary>WNOHANG of waitpid(2), and ECHILD: somebody else has waited for the process.</summary>
    private const int DoNotHang = 1;
    private const int NoChild = 10;

    /// <summary>POLLIN of poll.h.</summary>
    private const short ReadyToRead = 1;

    /// <summary>Both larger than what glibc and musl need for posix_spawnattr_t, posix_spawn_file_actions_t and sigset_t.</summary>
    private const int OpaqueOctets = 1024;

    private readonly int _id;
    private readonly AnonymousPipeServerStream _output;
    private readonly TaskCompletionSource<ProgramEnd> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly PosixSignalRegistration _signal;
    private readonly Lock _gate = new();

    [System.Runtime.Versioning.SupportedOSPlatform("linux")]
    private ChildProgram(int id, AnonymousPipeServerStream output)
    {
        (_id, _output) = (id, output);

        // Asked once more behind the registration: it may have ended before.
        _signal = PosixSignalRegistration.Create(PosixSignal.SIGCHLD, _ => Ask());
        Ask();
    }

    /// <summary>What it writes to its standard output and standard error.</summary>
    public Stream Output => _output;

    /// <summary>Completes when the program itself has ended; what it has started may still run.</summary>
    public Task<ProgramEnd> Ended => _end.Task;

    /// <summary>
    /// Runs a program in the root directory. Throws <see cref="IOException"/> when it cannot be started, <see cref="PlatformNotSupportedException"/>
    /// where this is not Linux.
    /// </summary>
    /// <param name="path">Absolute.</param>
    /// <param name="arguments">What it finds behind its own name. None holds a NUL.</param>
    /// <param name="environment"><c>NAME=value</c>, and nothing else.</param>
    /// <param name="input">Becomes its standard input.</param>
    public static ChildProgram Start(string path, IReadOnlyList<string> arguments, IReadOnlyList<string> environment, SafeFileHandle input)
    {
        if (!OperatingSystem.IsLinux())
        {
            throw new PlatformNotSupportedException("programs are run on Linux only");
        }

        var output = new AnonymousPipeServerStream(PipeDirection.In, HandleInheritability.None);
        try
        {
            int id = Spawn(path, [path, .. arguments], environment, input, output.ClientSafePipeHandle);
            output.DisposeLocalCopyOfClientHandle();
            return new ChildProgram(id, output);
        }
        catch
        {
            output.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Whether <see cref="Output"/> can be read without waiting: it has octets, or its end. Returns when it can, or when the time is over. A read of its own
    /// cannot be broken off, and may last as long as the last process that the program has started.
    /// </summary>
    /// <param name="patience">Milliseconds count; zero only looks.</param>
    public bool AwaitOutput(TimeSpan patience)
    {
        var entry = new PollEntry { Descriptor = (int)_output.SafePipeHandle.DangerousGetHandle(), Wanted = ReadyToRead };
        return Poll(ref entry, 1, (int)patience.TotalMilliseconds) > 0;
    }

    /// <summary>Ends the program and all that it has started and that stayed in its group, at once. Nothing happens when the program has ended.</summary>
    public void KillGroup()
    {
        lock (_gate)
        {
            if (!_end.Task.IsCompleted)
            {
                SendSignal(-_id, Kill);
            }
        }
    }

    public void Dispose()
    {
        KillGroup();
        _signal.Dispose();
        _output.Dispose();
        if (!_end.Task.IsCompleted)
        {
            // Nobody asks any more: a thread of the pool waits for the little that a killed process still needs.
            ThreadPool.UnsafeQueueUserWorkItem(static id => WaitFor(id, out _, 0), _id, preferLocal: false);
        }
    }

    private void Ask()
    {
        lock (_gate)
        {
            if (_end.Task.IsCompleted)
            {
                return;
            }

            int answer = WaitFor(_id, out int status, DoNotHang);
            if (answer == _id)
            {
                int signal = status & 0x7F;
                _end.TrySetResult(signal == 0 ? new ProgramEnd((status >> 8) & 0xFF, 0) : new ProgramEnd(-1, signal));
            }
            else if (answer < 0 && Marshal.GetLastPInvokeError() == NoChild)
            {
                _end.TrySetResult(new ProgramEnd(-1, 0));
            }
        }
    }

    private static unsafe int Spawn(string path, List<string> words, IReadOnlyList<string> environment, SafeFileHandle input, SafePipeHandle output)
    {
        byte* actions = stackalloc byte[OpaqueOctets];
        byte* attributes = stackalloc byte[OpaqueOctets];
        byte* signals = stackalloc byte[OpaqueOctets];
        nint[] argv = Strings(words);
        nint[] envp = Strings(environment);
        Check(InitializeActions(actions), path);
        Check(InitializeAttributes(attributes), path);
        try
        {
            // The runtime ignores SIGPIPE and blocks nothing it should not; a program of the operator's expects the system's defaults.
            _ = FillSignals(signals);
            Check(SetDefaultSignals(attributes, signals), path);
            _ = EmptySignals(signals);
            Check(SetSignalMask(attributes, signals), path);
            Check(SetFlags(attributes, OwnGroupAndDefaultSignals), path);
            Check(AddDirectory(actions, "/"), path);
            Check(AddDescriptor(actions, (int)input.DangerousGetHandle(), 0), path);
            Check(AddDescriptor(actions, (int)output.DangerousGetHandle(), 1), path);
            Check(AddDescriptor(actions, (int)output.DangerousGetHandle(), 2), path);
            CloseOthers(actions, path);
            Check(SpawnProcess(out int id, path, actions, attributes, argv, envp), path);
            return id;
        }
        finally
        {
            _ = DestroyActions(actions);
            _ = DestroyAttributes(attributes);
            Free(argv);
            Free(envp);
            GC.KeepAlive(input);
            GC.KeepAlive(output);
        }
    }

    /// <summary>The server's own descriptors close by themselves; those that it was itself started with, or a library's, do not.</summary>
    private static unsafe void CloseOthers(byte* actions, string path)
    {
        try
        {
            Check(AddCloseFrom(actions, 3), path);
        }
        catch (EntryPointNotFoundException)
        {
            return; // A C library without it (musl, glibc before 2.34): what was inherited is inherited on.
        }
    }

    private static void Check(int error, string path)
    {
        if (error != 0)
        {
            throw new IOException($"cannot run {path}: {Marshal.GetPInvokeErrorMessage(error)}");
        }
    }

    /// <summary>A vector of C strings with its closing null.</summary>
    private static nint[] Strings(IReadOnlyList<string> texts)
    {
        var vector = new nint[texts.Count + 1];
        for (int i = 0; i < texts.Count; i++)
        {
            vector[i] = Marshal.StringToCoTaskMemUTF8(texts[i]);
        }

        return vector;
    }

    private static void Free(nint[] vector)
    {
        foreach (nint text in vector)
        {
            Marshal.FreeCoTaskMem(text);
        }
    }

    [LibraryImport("libc", EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int SpawnProcess(out int id, string path, byte* actions, byte* attributes, nint[] argv, nint[] envp);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static unsafe partial int InitializeActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    private static unsafe partial int DestroyActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    private static unsafe partial int AddDescriptor(byte* actions, int from, int to);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addchdir_np", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int AddDirectory(byte* actions, string path);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addclosefrom_np")]
    private static unsafe partial int AddCloseFrom(byte* actions, int from);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    private static unsafe partial int InitializeAttributes(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    private static unsafe partial int DestroyAttributes(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    private static unsafe partial int SetFlags(byte* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    private static unsafe partial int SetDefaultSignals(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    private static unsafe partial int SetSignalMask(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "sigfillset")]
    private static unsafe partial int FillSignals(byte* signals);

    [LibraryImport("libc", EntryPoint = "sigemptyset")]
    private static unsafe partial int EmptySignals(byte* signals);

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(ref PollEntry entry, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    private static partial int WaitFor(int id, out int status, int options);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int id, int signal);

    /// <summary>pollfd of poll.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct PollEntry
    {
        public int Descriptor;
        public short Wanted;
        public short Found;
    }
}
