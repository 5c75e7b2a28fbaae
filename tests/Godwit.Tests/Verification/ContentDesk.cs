// Checks contents without a server: records come from a dictionary, work is done where it is asked for. Stateless.

using System.Text;
using Godwit.Dkim;
using Godwit.Dns;
using Godwit.Mail;
using Godwit.Verification;

namespace Godwit.Tests.Verification;

/// <summary>Runs the checks of a content.</summary>
internal static class ContentDesk
{
    public const long Now = 1_750_000_000;

    /// <param name="message">One character an octet.</param>
    /// <param name="records">The text of a name; null for a name that does not exist, empty for one that is not answered.</param>
    /// <param name="piece">Octets that are read at once.</param>
    public static async Task<ContentFindings> CheckAsync(
        string message, Func<string, string?> records, bool wantsBody = false, int piece = int.MaxValue, long now = Now)
    {
        byte[] octets = Encoding.Latin1.GetBytes(message);
        HeaderBlock.TryFindEnd(octets, complete: true, out int end);
        int at = end;
        return await ContentCheck.RunAsync(
            octets.AsMemory(0, end), Next, wantsBody, now, (name, type, _) => ValueTask.FromResult(Answer(name, type, records)),
            work =>
            {
                work();
                return Task.CompletedTask;
            },
            TestContext.Current.CancellationToken);

        bool Next(out ReadOnlyMemory<byte> next)
        {
            next = octets.AsMemory(at, Math.Min(piece, octets.Length - at));
            at += next.Length;
            return !next.IsEmpty;
        }
    }

    public static NameAnswer Answer(string name, DnsType type, Func<string, string?> records) =>
        type != DnsType.TXT || records(name) is not { } text ? NameAnswer.NoSuchName
        : text.Length == 0 ? new NameAnswer(DnsStatus.Failure, [])
        : new NameAnswer(DnsStatus.Found, [.. text.Split('\n').Select(each => new TextRecord(default, 300, each))]);

    /// <summary>The findings of DKIM, one line each.</summary>
    public static async Task<string> DkimAsync(string message, Func<string, string?> records, int piece = int.MaxValue, long now = Now) =>
        string.Join('\n', (await CheckAsync(message, records, piece: piece, now: now)).Signatures
            .Select(each => $"{each.Algorithm} {each.Domain} {each.Word}{(each.Reason.Length > 0 ? ": " : "")}{each.Reason}"));
}
