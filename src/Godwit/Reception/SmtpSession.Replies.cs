// What a session says: replies as one line each, whatever they quote, and the same in the log.

using System.Text.Unicode;
using Godwit.Diagnostics;
using Godwit.Mail;
using Godwit.Smtp;

namespace Godwit.Reception;

public sealed partial class SmtpSession
{
    private void Reply(ReadOnlySpan<byte> line)
    {
        _connection.Write(line);
        if (line is [>= (byte)'4', ..])
        {
            _entrance.Counters.RepliesRefusing.Add(line[0] == (byte)'4' ? "4xx" : "5xx");
        }

        if (_client.Source.LogCommands)
        {
            _log.ReplySent(_connection.Remote, Printable(line));
        }
    }

    private void Reply(SmtpReply reply)
    {
        // The text may quote the message: whatever it holds stays one line, and ASCII unless the client asked for more.
        string text = reply.Text;
        bool clean = !text.AsSpan().ContainsAnyExceptInRange(' ', '~');
        Span<byte> line = stackalloc byte[MaxReplyLine];
        if (!clean || !Utf8.TryWrite(line, $"{reply.Code} {text}\r\n", out int length))
        {
            text = Shorten(text);
            Utf8.TryWrite(line, $"{reply.Code} {text}\r\n", out length);
        }

        Reply(line[..length]);

        string Shorten(string full) =>
            string.Create(Math.Min(full.Length, MaxReplyLine / 4), (full, _transaction.SmtpUtf8), static (shown, from) =>
            {
                for (int i = 0; i < shown.Length; i++)
                {
                    char c = from.full[i];
                    shown[i] = char.IsControl(c) || (c > '~' && !from.SmtpUtf8) ? '?' : c;
                }
            });
    }

    /// <summary>A line for the log: printable ASCII only.</summary>
    private static string Printable(ReadOnlySpan<byte> line) =>
        string.Create(line.TrimEnd("\r\n"u8).Length, line, static (text, octets) =>
        {
            for (int i = 0; i < text.Length; i++)
            {
                text[i] = octets[i] is >= 0x20 and < 0x7f ? (char)octets[i] : octets[i] < 0x20 ? ' ' : '?';
            }
        });
}
