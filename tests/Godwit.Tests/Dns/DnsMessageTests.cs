using System.Diagnostics;
using CsCheck;
using Godwit.Dns;
using Godwit.Mail;
using Godwit.Tests.Support;

namespace Godwit.Tests.Dns;

public sealed class DnsMessageTests
{
    private static readonly DnsQuestion _question = new(DomainName.Parse("example.org"), DnsType.MX);

    [Fact]
    public void A_query_is_recursive_asks_for_validation_and_says_how_much_fits()
    {
        byte[] buffer = new byte[DnsMessage.MaxQueryLength];

        int length = DnsMessage.WriteQuery(buffer, 0x1234, _question, edns: true);

        Assert.Equal(
            "12340120000100000000000107" + "6578616D706C65" + "036F7267" + "00" + "000F0001" + "0000290" + "4D0000000000000",
            Convert.ToHexString(buffer, 0, length));
    }

    [Fact]
    public void The_longest_name_fits_into_a_query()
    {
        string label = new('a', 63);
        var name = DomainName.Parse($"{label}.{label}.{label}.{new string('b', 61)}");
        byte[] buffer = new byte[DnsMessage.MaxQueryLength];

        int length = DnsMessage.WriteQuery(buffer, 1, new DnsQuestion(name, DnsType.A), edns: true);

        Assert.Equal(buffer.Length, length);
        Assert.Equal(name.Text, DnsBytes.ReadQuery(buffer, false, 0).Name);
    }

    [Fact]
    public void Compressed_records_are_decoded_and_lower_cased()
    {
        DnsReply reply = Read(Answer(
            ScriptedRecord.Mx("Example.ORG", 300, 10, "MX1.Example.ORG"),
            ScriptedRecord.Mx("Example.ORG", 600, 20, "mx.other.net")));

        Assert.Equal(
            [("mx1.example.org", 10, 300), ("mx.other.net", 20, 600)],
            reply.Answers.Cast<MxRecord>().Select(m => (m.Host.Text, m.Preference, m.Ttl)));
        Assert.All(reply.Answers, r => Assert.Equal("example.org", r.Owner.Text));
    }

    [Fact]
    public void Targets_that_are_no_host_name_are_told_apart_from_the_root()
    {
        DnsReply reply = Read(Answer(
            ScriptedRecord.Mx("example.org", 300, 1, ""),
            ScriptedRecord.Mx("example.org", 300, 2, "mail host.example.org"),
            new ScriptedRecord("example.org", DnsType.MX, 300, w => w.Short(3).Bytes([5, .. "a.b.c"u8, 0]))));

        Assert.Equal([true, false, false], reply.Answers.Cast<MxRecord>().Select(m => m.IsRoot));
        Assert.All(reply.Answers.Cast<MxRecord>(), m => Assert.True(m.Host.IsEmpty));
    }

    [Fact]
    public void A_label_that_looks_like_an_address_literal_is_no_literal()
    {
        DnsReply reply = Read(Answer(new ScriptedRecord("example.org", DnsType.MX, 300, w => w.Short(3).Bytes([11, .. "[127.0.0.1]"u8, 0]))));

        Assert.True(Assert.IsType<MxRecord>(Assert.Single(reply.Answers)).Host.IsEmpty);
    }

    [Fact]
    public void A_time_to_live_with_the_top_bit_is_none()
    {
        DnsReply reply = Read(Answer(ScriptedRecord.Mx("example.org", unchecked((int)0x80000001), 10, "mx.example.org")));

        Assert.Equal(0, reply.Answers[0].Ttl);
    }

    [Fact]
    public void The_strings_of_a_text_record_are_joined()
    {
        var question = new DnsQuestion(_question.Name, DnsType.TXT);
        byte[] message = Answer(question, new ScriptedRecord("example.org", DnsType.TXT, 300, w => w.Bytes([3, .. "v=s"u8, 3, .. "pf1"u8])));

        Assert.True(DnsMessage.TryRead(message, question, out DnsReply reply));
        Assert.Equal("v=spf1", Assert.IsType<TextRecord>(Assert.Single(reply.Answers)).Text);
    }

    [Fact]
    public void Types_nobody_decodes_keep_their_bytes()
    {
        var question = new DnsQuestion(DomainName.Parse("_25._tcp.mx.example.org"), DnsType.TLSA);
        byte[] message = Answer(question, new ScriptedRecord(question.Name.Text, DnsType.TLSA, 300, w => w.Bytes([3, 1, 1, 0xAB])));

        Assert.True(DnsMessage.TryRead(message, question, out DnsReply reply));
        Assert.Equal("3 1 1 AB", Assert.IsType<TlsaRecord>(Assert.Single(reply.Answers)).Text);
    }

    [Fact]
    public void The_start_of_authority_is_decoded()
    {
        var question = new DnsQuestion(_question.Name, DnsType.SOA);

        Assert.True(DnsMessage.TryRead(Answer(question, ScriptedRecord.Soa("example.org", 77)), question, out DnsReply reply));
        var soa = Assert.IsType<SoaRecord>(Assert.Single(reply.Answers));
        Assert.Equal(("ns.example.org", 1u, 77), (soa.PrimaryServer.Text, soa.Serial, soa.Minimum));
    }

    [Fact]
    public void A_reply_code_in_the_option_record_is_not_success()
    {
        byte[] message = Answer();
        message[^6] = 1;

        Assert.Equal((DnsRcode)16, Read(message).Rcode);
        Assert.False(Read(message).IsUseful);
    }

    [Fact]
    public void A_bare_header_is_a_format_error_and_nothing_else()
    {
        byte[] header = [0x12, 0x34, 0x81, 0x81, 0, 0, 0, 0, 0, 0, 0, 0];
        Assert.Equal(DnsRcode.FormatError, Read(header).Rcode);

        header[3] = 0x80;
        Assert.False(DnsMessage.TryRead(header, _question, out _));
    }

    [Theory]
    [InlineData("itself", "C01D")]
    [InlineData("forwards", "C0FF")]
    [InlineData("reserved label type", "4161")]
    [InlineData("label beyond the end", "3F61")]
    [InlineData("no end", "0161")]
    [InlineData("half a pointer", "C0")]
    public void A_bad_owner_is_malformed(string what, string name)
    {
        // Header (one question, one answer), question of 17 octets, then the owner at offset 29 (0x1D).
        byte[] message = Convert.FromHexString("123481800001000100000000" + "076578616D706C65036F726700000F0001" + name);

        Assert.False(DnsMessage.TryRead(message, _question, out _), what);
    }

    [Fact]
    public void Wrong_lengths_inside_records_are_malformed()
    {
        Assert.False(DnsMessage.TryRead(Answer(new ScriptedRecord("example.org", DnsType.MX, 1, w => w.Short(1).Bytes([1, 0x61, 0, 0]))), _question, out _));
        var address = new DnsQuestion(_question.Name, DnsType.A);
        Assert.False(DnsMessage.TryRead(Answer(address, new ScriptedRecord("example.org", DnsType.A, 1, w => w.Bytes([127, 0, 1]))), address, out _));
        var text = new DnsQuestion(_question.Name, DnsType.TXT);
        Assert.False(DnsMessage.TryRead(Answer(text, new ScriptedRecord("example.org", DnsType.TXT, 1, w => w.Bytes([5, 0x61]))), text, out _));
    }

    [Fact]
    public void A_name_of_more_than_255_octets_is_malformed()
    {
        byte[] label = [63, .. Enumerable.Repeat((byte)'a', 63)];
        var record = new ScriptedRecord("example.org", DnsType.MX, 1, w => w.Short(1).Bytes([.. label, .. label, .. label, .. label, 0]));

        Assert.False(DnsMessage.TryRead(Answer(record), _question, out _));
    }

    [Theory]
    [InlineData(100, true)]
    [InlineData(7000, false)]
    public void A_staircase_of_pointers_costs_little(int steps, bool isName)
    {
        // The content of a record nobody asked for is a staircase of pointers; then every owner starts at one of its steps.
        byte[] stairs = [0, .. Enumerable.Range(0, 8000).SelectMany(i => Pointer(i == 0 ? StairsAt : StairsAt + 1 + 2 * (i - 1)))];
        byte[] record = [.. Pointer(StairsAt + 1 + 2 * steps), 0, 15, 0, 1, 0, 0, 0, 1, 0, 4, 0, 1, 0xC0, 12];
        byte[] message = [.. Answer(new ScriptedRecord("example.org", DnsType.NS, 1, w => w.Bytes(stairs))).SkipLast(OptionLength)];
        message = [.. message, .. Enumerable.Repeat(record, 0x700).SelectMany(r => r)];
        message[6] = 7;
        message[11] = 0;

        long start = Stopwatch.GetTimestamp();
        Assert.Equal(isName, DnsMessage.TryRead(message, _question, out _));
        Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(1));
    }

    [Fact]
    public void Only_so_many_records_are_read()
    {
        DnsReply reply = Read(Answer([.. Enumerable.Range(0, 600).Select(i => ScriptedRecord.Mx("example.org", 300, i, $"mx{i}.example.org"))]));

        Assert.Equal(DnsMessage.MaxRecords, reply.Answers.Count);
    }

    [Fact]
    public void Random_bytes_never_throw() =>
        Gen.Byte.Array[0, 600].Sample(bytes => ReadAnything(bytes), iter: 20_000, seed: "0000KRyUqWM4");

    [Fact]
    public void Replies_with_changed_bytes_never_throw()
    {
        byte[] honest = Answer(
            ScriptedRecord.Alias("example.org", 300, "a.example.net"),
            ScriptedRecord.Mx("a.example.net", 300, 10, "mx1.example.org"),
            ScriptedRecord.Mx("a.example.net", 300, 20, "mx2.mail.example.net"));
        Gen.Select(Gen.Int[2, honest.Length - 1], Gen.Byte).Array[1, 8].Sample(
            changes =>
            {
                byte[] message = [.. honest];
                foreach ((int at, byte value) in changes)
                {
                    message[at] = value;
                }

                ReadAnything(message);
                ReadAnything(message.AsSpan(0, changes[0].Item1));
            },
            iter: 20_000,
            seed: "0000KRyUqWM4");
    }

    [Fact]
    public void Every_name_that_is_written_is_matched_and_read_again() =>
        Gen.String[Gen.Char["abcxyz019-_"], 1, 20].Array[1, 12].Where(l => l.Sum(x => x.Length + 1) < 250).Sample(
            labels =>
            {
                var name = DomainName.Parse(string.Join('.', labels));
                byte[] buffer = new byte[WireName.MaxLength];
                int length = WireName.Write(name, buffer);
                byte[] upper = [.. buffer.Take(length).Select(b => (byte)char.ToUpperInvariant((char)b))];

                int matched = 0;
                int read = 0;
                return WireName.TryMatch(upper, ref matched, name) && matched == length
                    && WireName.TryRead(upper, ref read, default, out DomainName again, out _) && read == length && again == name;
            },
            iter: 2_000,
            seed: "0000KRyUqWM4");

    private const int OptionLength = 11;

    /// <summary>Where the content of the first answer begins: header, question, owner as a pointer, fixed fields.</summary>
    private const int StairsAt = 12 + 17 + 2 + 10;

    private static byte[] Pointer(int to) => [(byte)(0xC0 | (to >> 8)), (byte)to];

    private static void ReadAnything(ReadOnlySpan<byte> bytes)
    {
        _ = DnsMessage.TryReadId(bytes, out _);
        _ = DnsMessage.TryRead(bytes, _question, out DnsReply reply);
        _ = new AliasWalk(_question).Follow(reply);
    }

    private static DnsReply Read(byte[] message)
    {
        Assert.True(DnsMessage.TryRead(message, _question, out DnsReply reply));
        return reply;
    }

    private static byte[] Answer(params ScriptedRecord[] records) => Answer(_question, records);

    private static byte[] Answer(DnsQuestion question, params ScriptedRecord[] records) =>
        DnsBytes.Answer(new ScriptedQuery(0x1234, question.Name.Text, question.Type, false, 0, 1232, false), 0, false, [.. records], []);
}
