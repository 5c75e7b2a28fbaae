// What a scripted peer says and does. Unless told otherwise it is a good host that takes everything.

using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Godwit.Tests.Support;

/// <summary>One thing a peer does where a reply is due. A string is a reply; lines are separated by \n.</summary>
public sealed class PeerAnswer
{
    private readonly Func<ScriptedSession, Task<bool>> _act;

    private PeerAnswer(Func<ScriptedSession, Task<bool>> act, string text = "") => (_act, Text) = (act, text);

    /// <summary>What is said, if that is all; else empty.</summary>
    public string Text { get; }

    /// <summary>Closes the connection without a word.</summary>
    public static PeerAnswer HangUp { get; } = new(_ => Task.FromResult(false));

    /// <summary>Resets the connection.</summary>
    public static PeerAnswer Reset { get; } = new(session =>
    {
        session.Socket.LingerState = new LingerOption(enable: true, seconds: 0);
        return Task.FromResult(false);
    });

    /// <summary>Never answers; the connection stays until the other side ends it.</summary>
    public static PeerAnswer Silence { get; } = new(async session =>
    {
        await session.DrainAsync();
        return false;
    });

    /// <summary>Says something and reads nothing any more; the connection stays until the other side ends it.</summary>
    public static PeerAnswer Deaf(string text) => new(async session =>
    {
        // A size that is set is kept: otherwise the system's buffer grows with what nobody reads.
        session.Socket.ReceiveBufferSize = 4096;
        await session.SendAsync(text);
        await session.Stopped;
        return false;
    }, text);

    /// <summary>One line that never ends.</summary>
    public static PeerAnswer EndlessLine { get; } = new(session => session.RepeatAsync("250 " + new string('x', 4000)));

    /// <summary>A reply whose last line never comes.</summary>
    public static PeerAnswer EndlessReply { get; } = new(session => session.RepeatAsync("250-and then\r\n"));

    /// <summary>Says something, then closes.</summary>
    public static PeerAnswer Farewell(string text) => new(async session =>
    {
        await session.SendAsync(text);
        return false;
    });

    /// <summary>Answers when the task is complete.</summary>
    public static PeerAnswer After(Task gate, string text) => new(async session =>
    {
        await Task.WhenAny(gate, session.Stopped);
        await session.SendAsync(text);
        return true;
    }, text);

    /// <summary>Sends octets as they are: broken replies, replies cut into pieces.</summary>
    public static PeerAnswer Raw(string octets) => new(async session =>
    {
        await session.SendRawAsync(Encoding.Latin1.GetBytes(octets));
        return true;
    });

    /// <summary>Answers STARTTLS and shakes hands.</summary>
    /// <param name="reply">Octets in plain text, sent before the handshake as they are: the reply, and whatever an attacker would put around it.</param>
    public static PeerAnswer Handshake(SslServerAuthenticationOptions options, string reply = "220 2.0.0 go ahead\r\n") => new(async session =>
    {
        await session.SendRawAsync(Encoding.Latin1.GetBytes(reply));
        return await session.ShakeHandsAsync(options);
    });

    public static implicit operator PeerAnswer(string text) => FromString(text);

    public static PeerAnswer FromString(string text) => new(async session =>
    {
        await session.SendAsync(text);
        return true;
    }, text);

    /// <summary>False: the connection ends.</summary>
    internal Task<bool> ActAsync(ScriptedSession session) => _act(session);
}

/// <summary>The script of one server. Set it up before the first connection; <see cref="On"/> may also be called between messages.</summary>
public sealed class PeerScript
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Queue<PeerAnswer>> _once = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PeerAnswer> _always = new(StringComparer.Ordinal);
    private readonly List<(string Fragment, PeerAnswer Answer)> _recipients = [];

    public PeerAnswer Greeting { get; set; } = "220 peer.test ESMTP";

    public IList<string> Extensions { get; } = ["PIPELINING", "SIZE 50000000", "8BITMIME", "ENHANCEDSTATUSCODES"];

    /// <summary>What it offers under TLS; null for the same.</summary>
    public IList<string>? ExtensionsUnderTls { get; set; }

    /// <summary>Offers STARTTLS and does it; null for a host without.</summary>
    public SslServerAuthenticationOptions? Tls { get; set; }

    /// <summary>Offers STARTTLS with this certificate.</summary>
    internal PeerScript UseTls(TestCertificate certificate) => UseTls(certificate.WithKey());

    /// <summary>The same.</summary>
    public PeerScript UseTls(X509Certificate2 certificate)
    {
        Tls = new SslServerAuthenticationOptions { ServerCertificateContext = SslStreamCertificateContext.Create(certificate, null, offline: true) };
        return this;
    }

    /// <summary>Ends the connection after so many octets of a message's content.</summary>
    public int? HangUpAfterContentOctets { get; set; }

    /// <summary>
    /// The next answers to a command (<c>MAIL</c>, <c>RCPT</c>, <c>DATA</c>, <c>BDAT</c>, <c>RSET</c>, <c>EHLO</c> …, <c>.</c> for the end of data), in turn.
    /// </summary>
    public PeerScript On(string verb, params PeerAnswer[] answers)
    {
        lock (_lock)
        {
            if (!_once.TryGetValue(verb, out Queue<PeerAnswer>? queue))
            {
                _once[verb] = queue = new Queue<PeerAnswer>();
            }

            foreach (PeerAnswer answer in answers)
            {
                queue.Enqueue(answer);
            }
        }

        return this;
    }

    /// <summary>The answer to every such command that <see cref="On"/> has no answer for.</summary>
    public PeerScript Always(string verb, PeerAnswer answer)
    {
        lock (_lock)
        {
            _always[verb] = answer;
        }

        return this;
    }

    /// <summary>The answer to RCPT lines that contain a fragment.</summary>
    public PeerScript Recipient(string fragment, PeerAnswer answer)
    {
        lock (_lock)
        {
            _recipients.Add((fragment, answer));
        }

        return this;
    }

    internal PeerAnswer? Find(string verb, string line)
    {
        lock (_lock)
        {
            if (_once.TryGetValue(verb, out Queue<PeerAnswer>? queue) && queue.TryDequeue(out PeerAnswer? next))
            {
                return next;
            }

            if (verb == "RCPT")
            {
                foreach ((string fragment, PeerAnswer answer) in _recipients)
                {
                    if (line.Contains(fragment, StringComparison.Ordinal))
                    {
                        return answer;
                    }
                }
            }

            return _always.GetValueOrDefault(verb);
        }
    }
}
