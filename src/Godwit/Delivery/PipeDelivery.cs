// Delivery to a program. The whole message stands in a file without a name before the program begins and is its standard input: a program never takes half
// a message for a whole one, whatever happens to this server. There is no shell; an address is one word and never an option.
// Owned by one ticket's delivery, which it runs for. A program that outlasts its time is killed with its whole group.

using System.Text;
using Godwit.Disposition;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;
using Microsoft.Win32.SafeHandles;

namespace Godwit.Delivery;

/// <summary><c>type pipe</c>.</summary>
internal sealed class PipeDelivery(DeliverySettings settings, ServerClock clock) : IRecipientDrop
{
    /// <summary>Octets of a program's output that are looked at; the rest is read and thrown away, so that it never waits for us.</summary>
    private const int MaxOutput = 1024;

    /// <summary>Characters of its first line that are kept: a reply's text with the program's name before it stays within one line of a log.</summary>
    private const int MaxSaid = 200;

    /// <summary>What a program started in the background may keep open is not waited for longer than this.</summary>
    private static readonly TimeSpan _outputWait = TimeSpan.FromSeconds(1);

    /// <summary>The kernel ends a killed process at once unless it waits for a disk.</summary>
    private static readonly TimeSpan _killWait = TimeSpan.FromSeconds(10);

    /// <summary>All that a program finds in its environment: nothing of the server's own, which may hold secrets.</summary>
    private static readonly string[] _environment = ["PATH=/usr/local/bin:/usr/bin:/bin", "LANG=C.UTF-8"];

    private readonly IReadOnlyList<MacroText>? _words = ProgramLine.Read(settings.Command, out _);

    public async ValueTask<DropResult> DeliverAsync(MessageContent content, int index, CancellationToken abort)
    {
        if (_words is null)
        {
            return DropResult.Queue("the configuration has no command for this queue; add one and reload");
        }

        var macros = new DeliveryMacros(content.Envelope, index, settings.MacroVariablesPreserveCase, clock.Now);
        string? program = macros.Path(_words[0]);
        var arguments = new string[_words.Count - 1];
        string problem = program is null ? "the address makes a file name of more than 255 octets" : Expand(macros, arguments);
        if (problem.Length > 0)
        {
            return DropResult.Of(DeliveryVerdicts.MessageFailed(new SmtpReply(550, $"5.1.3 {problem}"), clock.Now));
        }

        if (!program!.StartsWith('/'))
        {
            return DropResult.Queue($"the program {program} has no path; write it with its whole path and reload");
        }

        ChildProgram run;
        try
        {
            using SafeFileHandle input = Stage(content);
            run = ChildProgram.Start(program, arguments, _environment, input);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            return _words[0].IsConstant
                ? DropResult.Queue(failure.Message)
                : DropResult.Of(DeliveryVerdicts.PutOff(new SmtpReply(451, $"4.3.0 {failure.Message}"), settings, clock.Now));
        }

        using (run)
        {
            return DropResult.Of(await WaitAsync(run, program, abort));
        }
    }

    /// <summary>Fills the arguments in. Returns what forbids to run the program; empty when nothing does.</summary>
    private string Expand(DeliveryMacros macros, string[] arguments)
    {
        bool mayBeOption = true;
        for (int i = 0; i < arguments.Length; i++)
        {
            MacroText word = _words![i + 1];
            arguments[i] = macros.Word(word);
            if (mayBeOption && word.Pieces is [{ IsVariable: true }, ..] && arguments[i].StartsWith('-'))
            {
                return "the address begins with a hyphen, which the program would take for an option";
            }

            mayBeOption &= arguments[i] != "--";
        }

        return "";
    }

    private async ValueTask<Verdict> WaitAsync(ChildProgram run, string program, CancellationToken abort)
    {
        Task<string> output = ReadAsync(run.Output);
        bool isSlow = false;
        ProgramEnd end = default;
        try
        {
            end = await run.Ended.WaitAsync(settings.DataTerminationTimeout, clock.Time, abort);
        }
        catch (TimeoutException)
        {
            isSlow = true;
            run.KillGroup();
            await Task.WhenAny(run.Ended, Task.Delay(_killWait, clock.Time, CancellationToken.None));
        }

        await Task.WhenAny(output, Task.Delay(_outputWait, clock.Time, CancellationToken.None));
        string said = output.IsCompletedSuccessfully ? await output : "";
        return isSlow
            ? ProgramVerdicts.TooSlow(program, settings.DataTerminationTimeout, said, settings, clock.Now)
            : ProgramVerdicts.Of(end, program, said, settings, clock.Now);
    }

    /// <summary>The first line of what the program writes. Reads on to the end, so that the program is never held up.</summary>
    private static async Task<string> ReadAsync(Stream output)
    {
        var kept = new byte[MaxOutput];
        int length = 0;
        try
        {
            while (length < kept.Length && await output.ReadAsync(kept.AsMemory(length)) is > 0 and var read)
            {
                length += read;
            }

            var rest = new byte[MaxOutput];
            while (length == kept.Length && await output.ReadAsync(rest) > 0)
            {
                continue;
            }
        }
        catch (Exception closed) when (closed is IOException or ObjectDisposedException or OperationCanceledException)
        {
            return ""; // The run is over and nobody waits for this any more.
        }

        string line = Encoding.UTF8.GetString(kept, 0, length).TrimStart('\n', '\r', ' ').Split('\n', 2)[0].TrimEnd();
        return DeliveryMacros.Printable(line.Length > MaxSaid ? line[..MaxSaid] : line);
    }

    /// <summary>The message with this system's line ends in a file that has lost its name. Written at offsets, so the program begins to read at 0.</summary>
    private static SafeFileHandle Stage(MessageContent content)
    {
        string path = Path.Combine(Path.GetTempPath(), $"godwit-{Guid.NewGuid():N}");
        SafeFileHandle file = Create(path);
        try
        {
            File.Delete(path);
            long end = 0;
            var lines = new LocalLines(quotesFrom: false, keepsLineEnds: content.Envelope.Body == BodyKind.BinaryMime);
            while (content.TryReadNext(out ReadOnlyMemory<byte> piece))
            {
                ReadOnlyMemory<byte> turned = lines.Turn(piece.Span);
                RandomAccess.Write(file, turned.Span, end);
                end += turned.Length;
            }

            RandomAccess.Write(file, lines.End().Span, end);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Nobody else may read mail in a directory that everybody has.</summary>
    private static SafeFileHandle Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.ReadWrite | FileShare.Delete };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        new FileStream(path, options).Dispose();
        return File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
    }
}
