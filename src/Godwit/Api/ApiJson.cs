using System.Text.Json.Serialization;

namespace Godwit.Api;

/// <summary>How everything that the API says and hears is written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, AllowTrailingCommas = false, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(Overview))]
[JsonSerializable(typeof(Sample))]
[JsonSerializable(typeof(History))]
[JsonSerializable(typeof(QueueList))]
[JsonSerializable(typeof(QueueView))]
[JsonSerializable(typeof(ActionDone))]
[JsonSerializable(typeof(SourceOrder))]
[JsonSerializable(typeof(ApiList<DestinationRow>))]
[JsonSerializable(typeof(DestinationView))]
[JsonSerializable(typeof(ApiList<VirtualMtaRow>))]
[JsonSerializable(typeof(VirtualMtaView))]
[JsonSerializable(typeof(ApiList<PoolRow>))]
[JsonSerializable(typeof(ApiList<SourceRow>))]
[JsonSerializable(typeof(ApiList<JobRow>))]
[JsonSerializable(typeof(JobView))]
[JsonSerializable(typeof(RecipientFound))]
[JsonSerializable(typeof(ApiList<EventRow>))]
[JsonSerializable(typeof(ApiList<UnclassifiedRow>))]
[JsonSerializable(typeof(ApiList<LogRow>))]
[JsonSerializable(typeof(ApiList<SettingRow>))]
[JsonSerializable(typeof(ApiList<OperationRow>))]
[JsonSerializable(typeof(OperationOrder))]
[JsonSerializable(typeof(CommandOrder))]
[JsonSerializable(typeof(CommandDone))]
[JsonSerializable(typeof(TraceLine))]
[JsonSerializable(typeof(TraceEnd))]
[JsonSerializable(typeof(string))]
internal sealed partial class ApiJson : JsonSerializerContext;
