// One part of an address list, up to its comma: where its address ends, and whether there is one address at most (RFC 5322 section 3.4). Immutable.

namespace Godwit.Verification;

/// <summary>The outlines of a part.</summary>
/// <param name="End">Where the comma stands that ends it; the end of the list when none does.</param>
/// <param name="AddressEnd">Where what can be an address ends: before the semicolon that ends a group.</param>
/// <param name="IsBlank">It holds comments at most, or a group without members.</param>
/// <param name="IsBroken">Something stands behind its address, or a bracket is never closed.</param>
internal readonly record struct FromPart(int End, int AddressEnd, bool IsBlank, bool IsBroken)
{
    /// <summary>The first part of a list.</summary>
    public static FromPart First(ReadOnlySpan<byte> list)
    {
        int addressEnd = -1;
        bool opened = false;
        bool closed = false;
        bool blank = true;
        bool broken = false;
        int at = 0;
        while (at < list.Length && (list[at] != ',' || (opened && !closed)))
        {
            byte octet = list[at];
            int next = octet == '(' ? PastComment(list, at) : octet == '"' ? PastQuoted(list, at) : at + 1;
            if (octet is (byte)':' && !opened && addressEnd < 0)
            {
                // The name of a group; in brackets it ends a route.
                blank = true;
            }
            else if (octet is (byte)';' && (closed || !opened) && addressEnd < 0)
            {
                addressEnd = at;
            }
            else if (octet is not ((byte)'(' or (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n'))
            {
                broken |= addressEnd >= 0 || closed || (octet == '<' && opened) || (octet == '>' && !opened);
                closed |= octet == '>';
                opened |= octet == '<';
                blank = false;
            }

            at = next;
        }

        at = Math.Min(at, list.Length);
        return new FromPart(at, addressEnd < 0 ? at : addressEnd, blank, broken || (opened && !closed));
    }

    /// <summary>Comments nest; a backslash takes the next octet along.</summary>
    private static int PastComment(ReadOnlySpan<byte> list, int at)
    {
        int depth = 0;
        for (; at < list.Length; at++)
        {
            depth += list[at] == '(' ? 1 : list[at] == ')' ? -1 : 0;
            at += list[at] == '\\' ? 1 : 0;
            if (depth == 0)
            {
                return at + 1;
            }
        }

        return list.Length;
    }

    private static int PastQuoted(ReadOnlySpan<byte> list, int at)
    {
        for (at++; at < list.Length && list[at] != '"'; at++)
        {
            at += list[at] == '\\' ? 1 : 0;
        }

        return Math.Min(at + 1, list.Length);
    }
}
