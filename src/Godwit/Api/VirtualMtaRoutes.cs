// Virtual MTAs, pools and source addresses. Static.

using Godwit.Control;
using Godwit.Foundation;
using Godwit.Queues;
using Godwit.Settings;

namespace Godwit.Api;

internal static class VirtualMtaRoutes
{
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
            Body = typeof(SourceOrder), Answer = typeof(ActionDone), Problems = [(409, "It cannot be done; the detail says why.")],
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
        return await QueueRoutes.DoAsync(call, words, new UndoRequest("POST", $"{ApiRoute.Root}/sources/{undo}", order with { ReenableAfter = null }));
    }

    private static async Task<ApiAnswer> ListAsync(ApiCall call)
    {
        IReadOnlyList<MailSum> sorted = SumList.Sorted(call, await call.Looks.Mail.VirtualMtasAsync(call.Cancellation));
        ILookup<string, SourceLook> sources = (await call.Looks.Mail.SourcesAsync(call.Cancellation))
            .ToLookup(static source => source.VirtualMta, StringComparer.OrdinalIgnoreCase);
        return ApiAnswer.Of(
            Paging.Page(call, sorted, static sum => sum.Name, sum => Row(call, sum, sources[sum.Name])), ApiJson.Default.ApiListVirtualMtaRow);
    }

    private static async Task<ApiAnswer> ShowAsync(ApiCall call)
    {
        string name = call.Segment("name");
        if (await call.Looks.Mail.VirtualMtaAsync(name, call.Cancellation) is not { } sum)
        {
            return ApiAnswer.NotFound($"there is no virtual MTA \"{name}\"{Spelling.Hint(name, call.Looks.Settings.VirtualMtas.Keys)}");
        }

        VirtualMtaRow row = Row(call, sum, (await call.Looks.Mail.SourcesAsync(call.Cancellation)).Where(source => source.VirtualMta == sum.Name));
        QueuePage queues = await call.Looks.Mail.QueuesOfVirtualMtaAsync(sum.Name, call.Cancellation);
        IReadOnlyList<SettingRow> settings = call.Looks.Settings.VirtualMtas.ContainsKey(sum.Name)
            ? QueueShow.Settings(call.Operator.SettingsOf(sum.Name), call)
            : [];
        return ApiAnswer.Of(
            new VirtualMtaView(
                row.Name, row.Pools, row.Recipients, row.Octets, row.Queues, row.Connections, row.Delivered, row.Deferred, row.Bounced, row.Sources,
                [.. queues.Lines.Select(line => QueueShow.Row(line, call))], settings),
            ApiJson.Default.VirtualMtaView);
    }

    private static async Task<ApiAnswer> PoolsAsync(ApiCall call)
    {
        Dictionary<string, QueueSum> sums = (await call.Looks.Mail.VirtualMtasAsync(call.Cancellation))
            .ToDictionary(static sum => sum.Name, static sum => sum.Waits, StringComparer.OrdinalIgnoreCase);
        PoolSettings[] pools = [.. call.Looks.Settings.Pools.Values.OrderBy(static pool => pool.Name, StringComparer.Ordinal)];
        return ApiAnswer.Of(Paging.Page(call, pools, static pool => pool.Name, Show), ApiJson.Default.ApiListPoolRow);

        PoolRow Show(PoolSettings pool)
        {
            PoolMember[] members = [.. pool.Members.GroupBy(static name => name).Select(static same => new PoolMember(same.Key, same.Count()))];
            return new PoolRow(
                pool.Name, members, members.Sum(member => sums.GetValueOrDefault(member.Name)?.Recipients ?? 0),
                members.Sum(member => sums.GetValueOrDefault(member.Name)?.Connections ?? 0));
        }
    }

    private static async Task<ApiAnswer> SourcesAsync(ApiCall call)
    {
        string text = call.Text("q");
        SourceRow[] rows =
        [
            .. (await call.Looks.Mail.SourcesAsync(call.Cancellation)).Select(source => Row(source, call))
                .Where(row => text.Length == 0 || SumList.Matches(row.Address, text) || SumList.Matches(row.Host, text) || SumList.Matches(row.Vmta, text)),
        ];
        return ApiAnswer.Of(
            Paging.Page(call, rows, static row => $"{row.Vmta} {row.Address}", static row => row), ApiJson.Default.ApiListSourceRow);
    }

    private static VirtualMtaRow Row(ApiCall call, MailSum sum, IEnumerable<SourceLook> sources) => new(
        sum.Name,
        [
            .. call.Looks.Settings.Pools.Values.Where(pool => pool.Members.Contains(sum.Name, StringComparer.OrdinalIgnoreCase))
                .Select(static pool => pool.Name).Order(StringComparer.Ordinal),
        ],
        sum.Waits.Recipients, sum.Waits.Bytes, sum.Waits.Busy, sum.Waits.Connections, sum.Fates.Delivered, sum.Fates.Deferred, sum.Fates.Bounced,
        [.. sources.Select(source => Row(source, call))]);

    private static SourceRow Row(SourceLook source, ApiCall call)
    {
        (long delivered, long deferred, long bounced) = (source.Fates.Delivered, source.Fates.Deferred, source.Fates.Bounced);
        DisabledSource? longest = source.Disabled.Count == 0 ? null : source.Disabled.MaxBy(static each => each.Source.Until).Source;
        return new SourceRow(
            source.Host.Address?.ToString() ?? "", source.Host.HostName, source.VirtualMta, Connections: null, delivered, deferred, bounced,
            Share(bounced, delivered + bounced), Share(deferred, delivered + bounced + deferred),
            source.Disabled.Count == 0 ? "active" : source.IsDisabledEverywhere ? "disabled" : "partlyDisabled", source.Disabled.Count,
            longest is null ? null : ApiTime.Ahead(longest.Until, call.Looks.Now), call.Said(longest?.Reason ?? ""), WarmUp: null);
    }

    private static double Share(long part, long whole) => whole == 0 ? 0 : Math.Round((double)part / whole, 4);
}
