// One run of an accounting command: the program, its input, and which records it has been given in this run. Owned by one PipeExport; one task uses it.
// What a program has read it need not have dealt with: it may hold lines in a buffer of its own, and lose them when it dies. So the last 64 KiB that it
// has read count as arrived only when it ends by itself and says that all is well.

using System.Text;
using Godwit.Diagnostics;
using Godwit.Foundation;
using Microsoft.Extensions.Logging;

namespace Godwit.Export;

/// <summary>A program that is being fed.</summary>
internal sealed class PipeRun : IDisposable
{
    /// <summary>More than the buffer of any language's standard input.</summary>
    private const int OwnBuffer = 64 * 1024;

    /// <summary>Pieces that the program may be behind: a full pipe of Linux holds 64 KiB, in lines of a few hundred octets.</summary>
    private const int MaxPieces = 4096;

    private const int MaxSaid = 500;

    private static readonly string[] _environment = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"];

    private readonly ChildProgram _program;
    private readonly ProgramInput _input;
    private readonly Queue<(long Behind, StagedPlace Place)> _pieces = new();
    private long _written;

    private PipeRun(ChildProgram program, ProgramInput input) => (_program, _input) = (program, input);

    /// <summary>The header line that the program has been given; empty before.</summary>
    public byte[] Header { get; set; } = [];

    public bool HasEnded => _program.Ended.IsCompleted;

    public Task<ProgramEnd> Ended => _program.Ended;

    /// <summary>Whether another piece may be written.</summary>
    public bool HasRoom => _pieces.Count < MaxPieces;

    /// <summary>It has read its header line at least, so it is at work.</summary>
    public bool HasTaken => _written > 0 && _written - Unread >= Header.Length;

    /// <summary>Octets that the program has not read.</summary>
    public int Unread => _input.Unread;

    /// <summary>Runs a command line by the shell. Throws <see cref="IOException"/> or <see cref="PlatformNotSupportedException"/>.</summary>
    public static PipeRun Start(string command, ILogger log)
    {
        ChildProgram program = ProgramInput.Start("/bin/sh", ["-c", command], _environment, out ProgramInput input);
        log.ExportProgramStarted(command);
        new Thread(() => Listen(program.Output, command, log)) { IsBackground = true, Name = "accounting command" }.Start();
        return new PipeRun(program, input);
    }

    /// <summary>As <see cref="ProgramInput.TryWrite"/>.</summary>
    public int TryWrite(ReadOnlySpan<byte> octets)
    {
        int written = _input.TryWrite(octets);
        _written += written;
        return written;
    }

    /// <summary>Everything up to the place has been written.</summary>
    public void Note(StagedPlace place) => _pieces.Enqueue((_written, place));

    /// <summary>The last place up to which records have arrived; null when none has since the last call.</summary>
    public StagedPlace? TakeArrived()
    {
        long arrived = _written - Unread;
        if (!HasEnded || _program.Ended.Result is not { Code: 0, Signal: 0 })
        {
            arrived -= OwnBuffer;
        }

        StagedPlace? last = null;
        while (_pieces.TryPeek(out (long Behind, StagedPlace Place) piece) && piece.Behind <= arrived)
        {
            last = piece.Place;
            _pieces.Dequeue();
        }

        return last;
    }

    /// <summary>Whether <see cref="TakeArrived"/> will give more by and by, though nothing more is written.</summary>
    public bool IsBehind => Unread > 0 && _pieces.Count > 0;

    /// <summary>The end of its input: what it still has to do it may do now.</summary>
    public void CloseInput() => _input.Dispose();

    /// <summary>Ends it and what it has started.</summary>
    public void Kill() => _program.KillGroup();

    public void Dispose()
    {
        _input.Dispose();
        _program.Dispose();
    }

    /// <summary>What the program writes goes to the log, line by line, and never holds it up. Ends when the last who has its output has gone.</summary>
    private static void Listen(Stream output, string command, ILogger log)
    {
        try
        {
            using var reader = new StreamReader(output, Encoding.UTF8, detectEncodingFromByteOrderMarks: false, bufferSize: 1024, leaveOpen: true);
            var line = new StringBuilder();
            for (int next = reader.Read(); next >= 0; next = reader.Read())
            {
                if (next != '\n')
                {
                    _ = line.Length < MaxSaid ? line.Append((char)next) : line;
                    continue;
                }

                log.ExportProgramSaid(command, line.ToString().TrimEnd());
                line.Clear();
            }
        }
        catch (Exception closed) when (closed is IOException or ObjectDisposedException or OperationCanceledException)
        {
            return; // The run is over.
        }
    }
}
