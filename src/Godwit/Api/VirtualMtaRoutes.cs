// Virtual MTAs, pools and source addresses. Static.

using System.Net;
using Godwit.Control;
using Godwit.Foundation;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Api;

internal static class VirtualMtaRoutes
{
    /// <summary>Destinations of a warm-up that are told of one by one.</summary>
    private const int MostWarmUpDestinations = 200;

    public static IReadOnlyList<ApiRoute> Table { get; } =
    [
        new("GET", "/virtual-mtas", AccessLevel.Monitor, "Virtual MTAs with their source addresses.", ListAsync)
        {
            Answer = typeof(ApiList<VirtualMtaRow>), Parameters = SumList.Parameters,
        },
        new("GET", "/virtual-mtas/{name}", AccessLevel.Monitor, "One virtual MTA: its largest queues; its settings for operators.", ShowAsync)
        {
            Answer = typeof(VirtualMtaView),
            Parameters = [new("name", "The virtual MTA.", ParameterForm.Segment)],
            Problems = [(404, "There is no such virtual MTA.")],
        },
        new("GET", "/pools", AccessLevel.Monitor, "Pools of virtual MTAs with what waits for their members.", PoolsAsync)
        {
            Answer = typeof(ApiList<PoolRow>), Parameters = Paging.Parameters,
        },
        new("GET", "/sources", AccessLevel.Monitor, "Source addresses, each once for every virtual MTA that has it.", SourcesAsync)
        {
            Answer = typeof(ApiList<SourceRow>), Parameters = [new("q", "A part of the address, the host's name or the virtual MTA's."), .. Paging.Parameters],
        },
        Action("disable", "Lets queues use a source address no more, for a time or until somebody enables it.", "enable"),
        Action("enable", "Lets queues use a disabled source address again.", "disable"),
    ];

    private static ApiRoute Action(string verb, string summary, string undo) =>
        new("POST", $"/sources/{verb}", AccessLevel.Operator, summary, call => ActAsync(call, verb, undo))
        {
            Body = typeof(SourceOrder), Needed = ["address", "queue"],
            Answer = typeof(ActionDone), Problems = [(409, "It cannot be done; the detail says why.")],
        };

    private static async Task<ApiAnswer> ActAsync(ApiCall call, string verb, string undo)
    {
        if (await call.BodyAsync(ApiJson.Default.SourceOrder) is not { } order)
        {
            return call.Bad!;
        }

        if (order is not { Address.Length: > 0, Queue.Length: > 0 })
        {
            return ApiAnswer.Refuse(400, "name the address and the queue: {\"address\":\"192.0.2.1\",\"queue\":\"bigmail.example/vmta1\"}");
        }

        List<string> words = [verb, "source"];
        if (verb == "disable" && order.ReenableAfter is { } after)
        {
            words.Add($"--reenable-after={Math.Ceiling(after):0}s");
        }

        words.AddRange([order.Address, order.Queue]);
        IReadOnlyList<DisabledSource> before =
            QueuePattern.TryParse(order.Queue, out QueuePattern pattern) && IPAddress.TryParse(order.Address, out IPAddress? address)
                ? call.Looks.Queues.Disabled(pattern, address)
                : [];
        SourceOrder? back = verb == "disable" ? UndoDisable(order, before) : UndoEnable(order, before, pattern, call.Looks.Now);
        return await QueueRoutes.DoAsync(
            call, words, () => back is null ? null : new UndoRequest("POST", $"{ApiRoute.Root}/sources/{undo}", back));
    }

    /// <summary>Where it was disabled before, somewhere among those that are meant, enabling it would end that too.</summary>
    private static SourceOrder? UndoDisable(SourceOrder order, IReadOnlyList<DisabledSource> before) =>
        before.Count == 0 ? order with { ReenableAfter = null } : null;

    /// <summary>Disabled again for what was left; only for one queue, as others may have used it.</summary>
    private static SourceOrder? UndoEnable(SourceOrder order, IReadOnlyList<DisabledSource> before, QueuePattern pattern, Instant now) =>
        before is [{ } only] && pattern.TryGetKey(out _)
            ? order with { ReenableAfter = only.Until == Instant.Never ? null : Math.Ceiling((only.Until - now).TotalSeconds) }
            : null;

    private static async Task<ApiAnswer> ListAsync(ApiCall call)
    {
        SumQuery query = SumList.Query(call);
        if (call.Bad is { } bad)
        {
            return bad;
        }

        (SumBook book, QueueSum[] sums) = await call.Looks.Mail.VirtualMtasAsync(query, call.Cancellation);
        ApiList<QueueSum> page = Paging.Page(call, sums, static sum => sum.Name, static sum => sum);
        HashSet<string> shown = new(page.Items.Select(static sum => sum.Name), StringComparer.OrdinalIgnoreCase);
        ILookup<string, SourceLook> sources = (await call.Looks.Mail.SourcesAsync(shown.Contains, call.Cancellation))
            .ToLookup(static source => source.VirtualMta, StringComparer.OrdinalIgnoreCase);
        ILookup<string, string> pools = Pools(call.Looks.Settings, shown);
        WarmUpBook warm = await call.Looks.Mail.WarmUpAsync(call.Cancellation);
        return ApiAnswer.Of(
            new ApiList<VirtualMtaRow>(
                [.. page.Items.Select(sum => Row(book.Join(sum), pools[sum.Name], sources[sum.Name], warm, call))], page.Total, page.Next),
            ApiJson.Default.ApiListVirtualMtaRow);
    }

    private static async Task<ApiAnswer> ShowAsync(ApiCall call)
    {
        string name = call.Segment("name");
        if (await call.Looks.Mail.VirtualMtaAsync(name, call.Cancellation) is not (MailSum sum, IReadOnlyList<QueueLine> queues))
        {
            return ApiAnswer.NotFound($"there is no virtual MTA \"{name}\"{Spelling.Hint(name, call.Looks.Settings.VirtualMtas.Keys)}");
        }

        HashSet<string> shown = new(StringComparer.OrdinalIgnoreCase) { sum.Name };
        WarmUpBook warm = await call.Looks.Mail.WarmUpAsync(call.Cancellation);
        VirtualMtaRow row = Row(
            sum, Pools(call.Looks.Settings, shown)[sum.Name], await call.Looks.Mail.SourcesAsync(shown.Contains, call.Cancellation), warm, call);
        IReadOnlyList<SettingRow> settings = call.Looks.Settings.VirtualMtas.ContainsKey(sum.Name)
            ? QueueShow.Settings(call.Operator.SettingsOf(sum.Name), call)
            : [];
        return ApiAnswer.Of(
            new VirtualMtaView(
                row.Name, row.Pools, row.Recipients, row.Octets, row.Queues, row.Connections, row.Delivered, row.Deferred, row.Bounced, row.Sources,
                [.. queues.Select(line => QueueShow.Row(line, call))], settings, row.WarmUp,
                [.. warm.Fullest(sum.Name, MostWarmUpDestinations).Select(static use => new WarmUpDestination(use.Destination, use.Messages, use.Limit))]),
            ApiJson.Default.VirtualMtaView);
    }

    private static async Task<ApiAnswer> PoolsAsync(ApiCall call)
    {
        (SumBook book, _) = await call.Looks.Mail.VirtualMtasAsync(new SumQuery("", SumSort.Recipients, Descending: true), call.Cancellation);
        PoolSettings[] pools = [.. call.Looks.Settings.Pools.Values.OrderBy(static pool => pool.Name, StringComparer.Ordinal)];
        return ApiAnswer.Of(Paging.Page(call, pools, static pool => pool.Name, Show), ApiJson.Default.ApiListPoolRow);

        PoolRow Show(PoolSettings pool)
        {
            PoolMember[] members = [.. pool.Members.GroupBy(static name => name).Select(static same => new PoolMember(same.Key, same.Count()))];
            return new PoolRow(
                pool.Name, members, members.Sum(member => book.Find(member.Name)?.Waits.Recipients ?? 0),
                members.Sum(member => book.Find(member.Name)?.Waits.Connections ?? 0));
        }
    }

    private static async Task<ApiAnswer> SourcesAsync(ApiCall call)
    {
        string text = call.Filter("q");
        WarmUpBook warm = await call.Looks.Mail.WarmUpAsync(call.Cancellation);
        SourceRow[] rows =
        [
            .. (await call.Looks.Mail.SourcesAsync(static _ => true, call.Cancellation)).Select(source => Row(source, warm, call))
                .Where(row => text.Length == 0 || NameFilter.Matches(row.Address, text) || NameFilter.Matches(row.Host, text)
                    || NameFilter.Matches(row.Vmta, text)),
        ];
        return ApiAnswer.Of(
            Paging.Page(call, rows, static row => $"{row.Vmta} {row.Address}", static row => row), ApiJson.Default.ApiListSourceRow);
    }

    private static VirtualMtaRow Row(MailSum sum, IEnumerable<string> pools, IEnumerable<SourceLook> sources, WarmUpBook warm, ApiCall call) => new(
        sum.Name, [.. pools.Distinct().Order(StringComparer.Ordinal)], sum.Waits.Recipients, sum.Waits.Bytes, sum.Waits.Busy, sum.Waits.Connections,
        sum.Fates.Delivered, sum.Fates.Deferred, sum.Fates.Bounced, [.. sources.Select(source => Row(source, warm, call))], Show(warm.Find(sum.Name)));

    /// <summary>The pools of some virtual MTAs: one pass over what may be thousands of members.</summary>
    private static ILookup<string, string> Pools(ServerSettings settings, HashSet<string> shown) => settings.Pools.Values
        .SelectMany(static pool => pool.Members, static (pool, member) => (Member: member, Pool: pool.Name))
        .Where(each => shown.Contains(each.Member))
        .ToLookup(static each => each.Member, static each => each.Pool, StringComparer.OrdinalIgnoreCase);

    private static SourceRow Row(SourceLook source, WarmUpBook warm, ApiCall call)
    {
        (long delivered, long deferred, long bounced) = (source.Fates.Delivered, source.Fates.Deferred, source.Fates.Bounced);
        DisabledSource? longest = source.Disabled.Count == 0 ? null : source.Disabled.MaxBy(static each => each.Source.Until).Source;
        return new SourceRow(
            source.Host.Address?.ToString() ?? "", source.Host.HostName, source.VirtualMta, source.Connections, delivered, deferred, bounced,
            Share(bounced, delivered + bounced), Share(deferred, delivered + bounced + deferred),
            source.Disabled.Count == 0 ? "active" : source.IsDisabledEverywhere ? "disabled" : "partlyDisabled", source.Disabled.Count,
            longest is null ? null : ApiTime.Ahead(longest.Until, call.Looks.Now), call.Said(longest?.Reason ?? ""), Show(warm.Find(source.VirtualMta)));
    }

    private static WarmUp? Show(WarmUpSum? sum) => sum is null ? null : new WarmUp(sum.Used, sum.Limit, sum.Full, sum.Destinations);

    private static double Share(long part, long whole) => whole == 0 ? 0 : Math.Round((double)part / whole, 4);
}
