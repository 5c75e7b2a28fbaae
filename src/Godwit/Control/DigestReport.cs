using System.Text;
using Godwit.Foundation;

namespace Godwit.Control;

/// <summary><c>digest</c>: what a privacy policy of an accounting file makes of a text, so that a record can be found by the address in it.</summary>
internal sealed class DigestReport(string digest) : OperatorReport
{
    /// <summary>Of the operand as it was typed; a privacy policy lowers a local part's case first.</summary>
    public static DigestReport Of(OperatorCommand command)
    {
        byte[] key = command.Options.Key!;
        KeyedDigest made = command.Options.SipHash ? KeyedDigest.SipHash(key) : KeyedDigest.HmacSha256(key);
        return new DigestReport(made.Of(command.Operand));
    }

    public override ReportGroup ToTree() => new() { { "result", digest } };

    public override void WriteText(StringBuilder text) => text.Append("Result: ").Append(digest).Append('\n');
}
