// One run of an accounting command: the program, its input, and which records it has been given in this run. Owned by one PipeExport; one task uses it.
// What a program has read it need not have dealt with: it may hold lines in a buffer of its own, and lose them when it dies. So the last 64 KiB that it
// has read count as arrived only when it ends by itself and says that all is well; for one that is given little, that is all it has. One thread listens to
// what the program prints, until the run is over: what the program leaves running then is not heard any more.

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

    /// <summary>What is repeated begins at one of these pieces; shorter ones are counted as one, so that single short lines fill nothing.</summary>
    public const int PieceOctets = 4096;

    /// <summary>How soon a thread that listens sees that the run is over.</summary>
    private static readonly TimeSpan _listenPause = TimeSpan.FromSeconds(1);

    /// <summary>Last words that are still heard when the run is over: what a process that stays behind writes has no end.</summary>
    private const int MaxLastWords = 64 * 1024;

    private const int MaxSaid = 500;

    private static readonly string[] _environment = ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"];

    private readonly ChildProgram _program;
    private readonly ProgramInput _input;
    private readonly Queue<(long Behind, StagedPlace Place)> _pieces = new();
    private (long From, long Behind, StagedPlace Place)? _newest;
    private readonly ILogger _log;
    private readonly string _name;
    private long _written;
    private long _noted;
    private volatile bool _isOver;

    /// <summary>The owner and the thread that listens: who leaves last, disposes of the program.</summary>
    private int _users = 2;

    private PipeRun(ChildProgram program, ProgramInput input, string name, ILogger log)
    {
        (_program, _input, _name, _log) = (program, input, name, log);
        new Thread(Listen) { IsBackground = true, Name = "accounting command" }.Start();
    }

    /// <summary>The header line that the program has been given; empty before.</summary>
    public byte[] Header { get; set; } = [];

    public bool HasEnded => _program.Ended.IsCompleted;

    public Task<ProgramEnd> Ended => _program.Ended;

    /// <summary>Places that are kept until records up to them have arrived: one for some 4 KiB, or for a longer line.</summary>
    public int Pieces => _pieces.Count + (_newest is null ? 0 : 1);

    /// <summary>It has read its header line at least, so it is at work.</summary>
    public bool HasTaken => _written > 0 && _written - Unread >= Header.Length;

    /// <summary>Octets that the program has not read.</summary>
    public int Unread => _input.Unread;

    /// <summary>Runs a command line by the shell. Throws <see cref="IOException"/> or <see cref="PlatformNotSupportedException"/>.</summary>
    public static PipeRun Start(string command, ILogger log)
    {
        ChildProgram program = ProgramInput.Start("/bin/sh", ["-c", command], _environment, out ProgramInput input);
        string name = CommandName.Of(command);
        log.ExportProgramStarted(name);
        return new PipeRun(program, input, name, log);
    }

    /// <summary>As <see cref="ProgramInput.TryWrite"/>.</summary>
    public int TryWrite(ReadOnlySpan<byte> octets)
    {
        int written = _input.TryWrite(octets);
        _written += written;
        return written;
    }

    /// <summary>Everything up to the place has been written.</summary>
    public void Note(StagedPlace place)
    {
        long from = _noted;
        if (_newest is { } newest)
        {
            if (_written - newest.From <= PieceOctets)
            {
                from = newest.From;
            }
            else
            {
                _pieces.Enqueue((newest.Behind, newest.Place));
            }
        }

        _newest = (from, _written, place);
        _noted = _written;
    }

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

        if (_newest is { } newest && newest.Behind <= arrived)
        {
            last = newest.Place;
            _newest = null;
        }

        return last;
    }

    /// <summary>Whether <see cref="TakeArrived"/> will give more by and by, though nothing more is written.</summary>
    public bool IsBehind => Unread > 0 && _newest is not null;

    /// <summary>The end of its input: what it still has to do it may do now.</summary>
    public void CloseInput() => _input.Dispose();

    /// <summary>Ends it and what it has started.</summary>
    public void Kill() => _program.KillGroup();

    /// <summary>Ends it where it has not ended, without waiting. Its last words are heard by the thread that listens, which ends within a second.</summary>
    public void Dispose()
    {
        _input.Dispose();
        _program.KillGroup();
        _isOver = true;
        Leave();
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref _users) == 0)
        {
            _program.Dispose();
        }
    }

    /// <summary>What the program writes goes to the log, line by line, and never holds it up. Ends with the run, whoever still has its output.</summary>
    private void Listen()
    {
        try
        {
            var octets = new byte[1024];
            var line = new StringBuilder();
            Decoder decoder = Encoding.UTF8.GetDecoder();
            var said = new char[octets.Length + 1];
            int last = MaxLastWords;
            while (last > 0)
            {
                bool isOver = _isOver;
                if (_program.AwaitOutput(isOver ? TimeSpan.Zero : _listenPause))
                {
                    int read = _program.Output.Read(octets);
                    if (read == 0)
                    {
                        break;
                    }

                    last -= isOver ? read : 0;
                    Say(said.AsSpan(0, decoder.GetChars(octets, 0, read, said, 0)), line);
                }
                else if (isOver)
                {
                    break;
                }
            }
        }
        catch (IOException)
        {
            return; // Nothing more can be heard.
        }
        finally
        {
            Leave();
        }
    }

    private void Say(ReadOnlySpan<char> said, StringBuilder line)
    {
        foreach (char next in said)
        {
            if (next != '\n')
            {
                _ = line.Length < MaxSaid ? line.Append(next) : line;
                continue;
            }

            _log.ExportProgramSaid(_name, line.ToString().TrimEnd());
            line.Clear();
        }
    }
}
