// A limit for the addresses in a block: ip-connection-limit, source-ip-max-*. Immutable.

using System.Net;

namespace Godwit.Settings;

/// <summary><c>BLOCK LIMIT</c>: the limit holds for each address of the block by itself.</summary>
/// <typeparam name="T">A number of connections, where 0 is no limit, or a rate.</typeparam>
public sealed record AddressLimit<T>(IPNetwork Addresses, T Limit)
    where T : notnull
{
    internal static ValueForm<AddressLimit<T>> FormOf(ValueForm<T> limit) => ValueParsers.Pair(
        $"a block such as 10/8, and {limit.Shape}", ValueParsers.Cidr, limit, (a, l) => new AddressLimit<T>(a, l), v => (v.Addresses, v.Limit));
}
