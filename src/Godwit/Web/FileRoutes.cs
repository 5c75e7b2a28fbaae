// /logs and /getFile: what the server has written for people, by name. Who may look may read it, unless http-access says deny-logs: scripts fetch accounting
// as in PowerMTA. What waits for a program or a receiver is for operators.

using Godwit.Control;
using Godwit.Settings;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Godwit.Web;

/// <summary>The routes of logs and accounting files.</summary>
internal sealed class FileRoutes(Operator @operator)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/logs", ListAsync).Needs(AccessLevel.Monitor);
        routes.MapGet("/getFile", SendAsync).Needs(AccessLevel.Monitor);
        routes.MapGet("/getlocalips", AddressesAsync).Needs(AccessLevel.Monitor);
    }

    private Task ListAsync(HttpContext context) => !Caller.Of(context).MayReadLogs
        ? DenyAsync(context)
        : WebRoutes.SendAsync(context, new FileListReport(ServerFiles.List(@operator.Settings, MaySeeAll(context))));

    private async Task SendAsync(HttpContext context)
    {
        if (!Caller.Of(context).MayReadLogs)
        {
            await DenyAsync(context);
            return;
        }

        string name = context.Request.Query["file"].ToString();
        if (ServerFiles.Find(@operator.Settings, name, MaySeeAll(context)) is not { } file)
        {
            await RequestGate.RefuseAsync(context, StatusCodes.Status404NotFound, "there is no log and no accounting file of that name: GET /logs lists them");
            return;
        }

        try
        {
            // As long as it is now: the log grows while it is sent.
            await using var stream = new FileStream(file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var modified = new DateTimeOffset(file.LastWriteTimeUtc);
            await Results.Stream(stream, "text/plain; charset=utf-8", file.Name, modified, enableRangeProcessing: true).ExecuteAsync(context);
        }
        catch (Exception gone) when (gone is FileNotFoundException or UnauthorizedAccessException && !context.Response.HasStarted)
        {
            await RequestGate.RefuseAsync(context, StatusCodes.Status404NotFound, "the file is gone, or cannot be read");
        }
    }

    private static bool MaySeeAll(HttpContext context) => Caller.Of(context).Level >= AccessLevel.Operator;

    private static Task AddressesAsync(HttpContext context) =>
        WebRoutes.SendAsync(context, new LocalAddressReport([.. ConfigSurroundings.Machine.LocalAddresses()]));

    private static Task DenyAsync(HttpContext context) =>
        RequestGate.RefuseAsync(context, StatusCodes.Status403Forbidden, "logs and accounting files are not shown to you: http-access says who may read them");
}
