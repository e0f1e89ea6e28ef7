//! Where a service of AWS is asked: where the environment or the profile says (`AWS_ENDPOINT_URL_ECS`,
//! `AWS_ENDPOINT_URL`, `endpoint_url`), else at its address in the region.

use aws_types::SdkConfig;
use aws_types::service_config::ServiceConfigKey;

use super::client::Service;

/// What the addresses of a partition end with, by how the names of its regions begin.
const PARTITIONS: [(&str, &str); 5] = [
    ("cn-", "amazonaws.com.cn"),
    ("us-iso-", "c2s.ic.gov"),
    ("us-isob-", "sc2s.sgov.gov"),
    ("eusc-", "amazonaws.eu"),
    ("", "amazonaws.com"),
];

/// The address of a service.
pub(super) fn endpoint(sdk: &SdkConfig, service: Service, region: &str) -> String {
    let of_service = || {
        let key = ServiceConfigKey::builder()
            .service_id(service.id())
            .env("AWS_ENDPOINT_URL")
            .profile("endpoint_url")
            .build()
            .ok()?;
        sdk.service_config()?.load_config(key)
    };
    let configured = of_service().or_else(|| sdk.endpoint_url().map(str::to_owned));
    let configured = configured.filter(|endpoint| !endpoint.is_empty());
    configured.unwrap_or_else(|| regional(service, region))
}

fn regional(service: Service, region: &str) -> String {
    let ending = PARTITIONS.iter().find(|(prefix, _)| region.starts_with(prefix));
    let ending = ending.map_or("amazonaws.com", |(_, ending)| ending);
    format!("https://{}.{region}.{ending}", service.signing_name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_have_an_address_in_every_region() {
        let of = |region| regional(Service::Ecs, region);
        assert_eq!(of("eu-west-1"), "https://ecs.eu-west-1.amazonaws.com");
        assert_eq!(of("cn-north-1"), "https://ecs.cn-north-1.amazonaws.com.cn");
        assert_eq!(of("us-gov-west-1"), "https://ecs.us-gov-west-1.amazonaws.com");
        assert_eq!(regional(Service::Logs, "us-isob-east-1"), "https://logs.us-isob-east-1.sc2s.sgov.gov");
    }

    #[test]
    fn an_endpoint_that_was_given_is_used() {
        let sdk = SdkConfig::builder().endpoint_url("http://localhost:5000").build();
        assert_eq!(endpoint(&sdk, Service::Ec2, "eu-west-1"), "http://localhost:5000");
    }
}
