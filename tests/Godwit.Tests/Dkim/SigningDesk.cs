// A configuration whose keys sign, without a server: what comes out is judged by the test. Owned by one test.

using System.Text;
using Godwit.Dkim;
using Godwit.Foundation;
using Godwit.Mail;
using Godwit.Settings;
using Godwit.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Tests.Dkim;

/// <summary>Signs as the queue of a domain would.</summary>
internal sealed class SigningDesk
{
    public const string Letter = "From: Ann <ann@brand.example>\r\nTo: b@there.test\r\nSubject: hello\r\n\r\nhello\r\n";

    private readonly ServerSettings _settings;

    /// <param name="config">Keys are the files /rsa, /pkcs8 and /ed; dkim-sign is on unless it says otherwise.</param>
    /// <param name="more">Another file.</param>
    public SigningDesk(string config, (string Path, string Text) more = default)
    {
        var files = new Dictionary<string, string>
        {
            ["/c/main"] = $"postmaster a@example.com\nspool /x\nlog-file /y\n<domain *>\n  dkim-sign yes\n</domain>\n{config}",
            ["/rsa"] = DkimKeys.Rsa,
            ["/pkcs8"] = DkimKeys.RsaPkcs8,
            ["/ed"] = DkimKeys.Ed25519,
        };
        files.TryAdd(more.Path ?? "", more.Text ?? "");
        var surroundings = ConfigSurroundings.InMemory(files);
        ConfigLoad load = ConfigFile.Load("/c/main", surroundings);
        Assert.True(load.Settings is not null, string.Join('\n', load.Problems));
        _settings = load.Settings;
        Keys = KeyRings.Read(_settings, surroundings.Read, new ServerClock(TimeProvider.System), NullLogger.Instance);
    }

    public KeyRings Keys { get; }

    /// <summary>A published record: the selector says the kind of key by its first letter.</summary>
    public static string Record(string selector, string domain) => selector.StartsWith("ed", StringComparison.Ordinal) ? DkimKeys.Ed25519Record : DkimKeys.RsaRecord;

    public SigningOrder Order(string message, string virtualMta = "{default}", int piece = int.MaxValue, SigningWishes? wishes = null) =>
        Order(Encoding.Latin1.GetBytes(message), virtualMta, piece) with
        {
            Wishes = wishes,
            WishedKeys = wishes is { KeyList.Length: > 0 } ? Keys.Named(wishes.KeyList) : null,
        };

    /// <param name="piece">Octets in each piece of the content.</param>
    public SigningOrder Order(byte[] message, string virtualMta, int piece)
    {
        DeliverySettings queue = _settings.DeliveryFor(DomainName.Parse("there.test"), virtualMta);
        int at = 0;
        return new SigningOrder(new MessageId(1), Keys.Of(virtualMta), DkimSettings.First(queue), DkimSettings.Second(queue), Next);

        bool Next(out ReadOnlyMemory<byte> next)
        {
            next = message.AsMemory(at, Math.Min(piece, message.Length - at));
            at += next.Length;
            return !next.IsEmpty;
        }
    }

    /// <summary>The message with its signature fields on top, one character an octet.</summary>
    public string Sign(string message, string virtualMta = "{default}", int piece = int.MaxValue, long second = 1_800_000_000, SigningWishes? wishes = null) =>
        Encoding.Latin1.GetString(ContentSigner.Sign(Order(message, virtualMta, piece, wishes), Instant.FromUnixMilliseconds(second * 1000))) + message;

    /// <summary>Who signed, one line each: algorithm, domain, selector, identity and what a verifier says.</summary>
    public IEnumerable<string> Signers(string message = Letter, string virtualMta = "{default}", SigningWishes? wishes = null) =>
        PlainDkim.Judge(Sign(message, virtualMta, wishes: wishes), Record).Select(signature => signature.ToString());
}
