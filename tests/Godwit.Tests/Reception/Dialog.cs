using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;

namespace Godwit.Tests.Reception;

/// <summary>
/// A conversation as data. One step a line:
/// <code>
/// # comment
/// set NAME VALUE    a setting of the client's source, of the server (total-max-smtp-in), or of the door (answer, closed);
///                   set user NAME PASSWORD SOURCE, where the source is relaying, closed, or left out
/// C: text           send the text and CRLF; lines that follow each other leave in one segment
/// C| text           send the text only; \r \n \0 \t \\ \xHH are octets, \{N} at the end sends the text N times
/// --                end the segment and give the server time to read it
/// S: text           a reply line that begins so
/// S~ regex          a reply line that matches whole
/// S+ text           a reply line that begins so, and comes only as time goes by
/// X                 the server closes the connection
/// M: &lt;a&gt; -> b, c   the next accepted message's envelope
/// M| text           its content, with escapes
/// M? NAME=VALUE     one more property of it: envid, ret, body, utf8, protocol, client, user, notify, orcpt
/// </code>
/// At the end there must be no accepted message that was not expected.
/// </summary>
internal sealed partial class Dialog(string path)
{
    private Accepted? _message;

    public async Task RunAsync()
    {
        string[] lines = await File.ReadAllLinesAsync(path);
        await using ReceptionHarness harness = await StartAsync(lines);
        await using SmtpClientSocket client = await harness.ConnectAsync();
        var segment = new List<byte>();
        for (int i = 0; i < lines.Length; i++)
        {
            try
            {
                await StepAsync(harness, client, segment, lines[i]);
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"{Path.GetFileName(path)}:{i + 1}: {lines[i]}\n{failure.Message}", failure);
            }
        }

        await client.TrySendAsync(segment.ToArray());
        client.EndSending();
        Assert.Empty(await client.RestAsync());
        await harness.DrainedAsync();
        Assert.Empty(harness.Messages);
        Assert.Empty(harness.Log.Errors);
    }

    private static async Task<ReceptionHarness> StartAsync(string[] lines)
    {
        SourceSettings source = ReceptionSettings.Relay;
        int limit = 100;
        var users = new List<SmtpUserSettings>();
        SmtpReply? answer = null;
        SmtpReply? closed = null;
        foreach (string[] set in lines.Where(line => line.StartsWith("set ", StringComparison.Ordinal)).Select(line => line.Split(' ', 3)))
        {
            string value = set[2];
            source = set[1] switch
            {
                "always-allow-relaying" => source with { AlwaysAllowRelaying = bool.Parse(value) },
                "smtp-service" => source with { SmtpService = bool.Parse(value) },
                "allow-chunking" => source with { AllowChunking = bool.Parse(value) },
                "allow-smtputf8" => source with { AllowSmtpUtf8 = bool.Parse(value) },
                "max-message-size" => source with { MaxMessageSize = long.Parse(value) },
                "max-rcpt-per-message" => source with { MaxRcptPerMessage = int.Parse(value) },
                "log-commands" => source with { LogCommands = bool.Parse(value), LogConnections = true },
                "allow-auth" => source with { AllowAuth = bool.Parse(value) },
                "require-auth" => source with { RequireAuth = bool.Parse(value) },
                "allow-unencrypted-plain-auth" => source with { AllowUnencryptedPlainAuth = bool.Parse(value) },
                "require-starttls-before-auth" => source with { RequireStartTlsBeforeAuth = bool.Parse(value) },
                "smtp-max-auth-failure-rate" => source with { SmtpMaxAuthFailureRate = new Rate(int.Parse(value), TimeSpan.FromHours(1)) },
                _ => source,
            };
            if (set[1] == "user" && value.Split(' ') is [var name, var password, .. var named])
            {
                users.Add(ReceptionSettings.User(name, password, named is [var only] ? only : ""));
            }

            limit = set[1] == "total-max-smtp-in" ? int.Parse(value) : limit;
            answer = set[1] == "answer" ? new SmtpReply(int.Parse(value[..3]), value[4..]) : answer;
            closed = set[1] == "closed" ? new SmtpReply(int.Parse(value[..3]), value[4..]) : closed;
        }

        ReceptionHarness harness = await ReceptionHarness.StartAsync(ReceptionSettings.With(source, limit, [.. users]));
        harness.Answer = answer;
        harness.Closed = closed;
        return harness;
    }

    private async Task StepAsync(ReceptionHarness harness, SmtpClientSocket client, List<byte> segment, string line)
    {
        string text = line.Length > 3 ? line[3..] : "";
        string step = line.Length >= 2 ? line[..2] : line;
        if (step is not ("C:" or "C|") && segment.Count > 0)
        {
            await client.TrySendAsync(segment.ToArray());
            segment.Clear();
        }

        switch (step)
        {
            case "C:":
                segment.AddRange(Encoding.UTF8.GetBytes(text));
                segment.AddRange("\r\n"u8);
                break;
            case "C|":
                segment.AddRange(Unescape(text));
                break;
            case "--":
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
                break;
            case "S:":
                Assert.StartsWith(text, await client.LineAsync() ?? "(connection closed)", StringComparison.Ordinal);
                break;
            case "S~":
                Assert.Matches($"^(?:{text})$", await client.LineAsync() ?? "(connection closed)");
                break;
            case "S+":
                Task<string?> awaited = client.LineAsync();
                await harness.AdvanceUntilAsync(awaited, TimeSpan.FromSeconds(1));
                Assert.StartsWith(text, await awaited ?? "(connection closed)", StringComparison.Ordinal);
                break;
            case "X":
                Assert.Null(await client.LineAsync());
                break;
            case "M:":
                Assert.True(harness.Messages.TryDequeue(out _message), "no message was accepted");
                Assert.Equal(text, _message.Envelope);
                break;
            case "M|":
                Assert.Equal(Encoding.Latin1.GetString(Unescape(text)), _message!.Content);
                break;
            case "M?":
                Assert.Equal(text, Property(_message!, text.Split('=')[0]));
                break;
            default:
                Assert.True(line.Length == 0 || line[0] == '#' || line.StartsWith("set ", StringComparison.Ordinal), "not a step");
                break;
        }
    }

    private static string Property(Accepted message, string name) => name + "=" + name switch
    {
        "envid" => message.Submission.EnvelopeId,
        "ret" => message.Submission.Return.ToString(),
        "body" => message.Submission.Body.ToString(),
        "utf8" => message.Submission.SmtpUtf8.ToString(),
        "protocol" => message.Submission.Protocol,
        "client" => message.Submission.ClientName,
        "user" => message.Submission.SmtpUser,
        "notify" => string.Join(" ", message.Submission.Recipients.Select(r => r.Notify.ToString().Replace(" ", "", StringComparison.Ordinal))),
        "orcpt" => string.Join(" ", message.Submission.Recipients.Select(r => r.OriginalRecipient)),
        _ => throw new FormatException($"unknown property {name}"),
    };

    private static byte[] Unescape(string text)
    {
        int times = 1;
        if (Repetition().Match(text) is { Success: true } repetition)
        {
            times = int.Parse(repetition.Groups["times"].Value);
            text = text[..repetition.Index];
        }

        string plain = Escape().Replace(text, match => match.Value[1] switch
        {
            'r' => "\r",
            'n' => "\n",
            't' => "\t",
            '0' => "\0",
            'x' => ((char)int.Parse(match.Value.AsSpan(2), NumberStyles.HexNumber)).ToString(),
            _ => "\\",
        });
        byte[] once = Encoding.Latin1.GetBytes(plain);
        return [.. Enumerable.Repeat(once, times).SelectMany(octets => octets)];
    }

    [GeneratedRegex(@"\\(?:x[0-9a-fA-F]{2}|[rnt0\\])", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Escape();

    [GeneratedRegex(@"\\\{(?<times>\d+)\}$", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Repetition();
}
