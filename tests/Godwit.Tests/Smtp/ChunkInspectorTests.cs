using System.Text;
using CsCheck;
using Godwit.Smtp;

namespace Godwit.Tests.Smtp;

public sealed class ChunkInspectorTests
{
    private static readonly string[] _pieces = ["\r\n", "text", ".", "\r", "\n", "\0"];

    [Fact]
    public void Line_ends_are_judged_across_the_borders_of_chunks()
    {
        Gen<string> content = Gen.Int[0, _pieces.Length - 1].Select(i => _pieces[i]).Array[0, 12].Select(string.Concat);
        Gen.Select(content, Gen.Int[0, 30].Array[0, 4]).Sample(
            (text, splits) =>
            {
                var inspector = new ChunkInspector();
                inspector.Begin();
                byte[] octets = Encoding.Latin1.GetBytes(text);
                int position = 0;
                foreach (int end in splits.Order().Append(octets.Length))
                {
                    int upTo = Math.Max(position, Math.Min(end, octets.Length));
                    inspector.Inspect(octets.AsSpan(position, upTo - position));
                    position = upTo;
                }

                inspector.Complete();
                string withoutLineEnds = text.Replace("\r\n", "", StringComparison.Ordinal);
                string marked = text.Replace("\r\n", "|", StringComparison.Ordinal);
                OctetFault expected = marked.AsSpan().ContainsAny('\r', '\n') ? OctetFault.BareLineEnd
                    : withoutLineEnds.Contains('\0', StringComparison.Ordinal) ? OctetFault.Nul : OctetFault.None;
                return inspector.Fault == expected
                    && (expected != OctetFault.None || inspector.AtLineStart == (text.Length == 0 || text.EndsWith("\r\n", StringComparison.Ordinal)));
            },
            iter: 100_000,
            seed: "0000godwit02");
    }
}
