namespace Godwit.Dns;

/// <summary>The record types this room asks for or decodes, by their number on the wire (RFC 1035 section 3.2.2, RFC 3596, RFC 6698).</summary>
public enum DnsType : ushort
{
    None = 0,
    A = 1,
    NS = 2,
    CNAME = 5,
    SOA = 6,
    PTR = 12,
    MX = 15,
    TXT = 16,
    AAAA = 28,
    OPT = 41,
    TLSA = 52,
}

/// <summary>What is asked: one name, one type, always of class IN.</summary>
public readonly record struct DnsQuestion(Mail.DomainName Name, DnsType Type)
{
    public override string ToString() => $"{Type} {Name}";
}
